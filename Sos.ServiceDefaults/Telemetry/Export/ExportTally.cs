namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Counts what one signal loses on its way to one destination, and bounds what waits for it. The SDK's own queue
/// drops in silence, so an item is let into it only while there is room for sure.
/// </summary>
/// <param name="capacity">Items that may wait or be under way.</param>
/// <param name="onTrouble">Called when items are lost.</param>
sealed class ExportTally(int capacity, Action onTrouble)
{
    long _waiting;
    long _dropped;
    long _failures;

    /// <summary>Items lost since the start: no room for them, or their export failed for good.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Exports that failed for good since the start.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Items that wait or are under way.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>Takes a place in the queue; false, and counted as dropped, when there is none.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _waiting) <= capacity)
            return true;
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _dropped);
        onTrouble();
        return false;
    }

    /// <summary>Gives back the places of a batch whose export has ended.</summary>
    public void Leave(int count, bool delivered)
    {
        Interlocked.Add(ref _waiting, -count);
        if (delivered)
            return;
        Interlocked.Add(ref _dropped, count);
        Interlocked.Increment(ref _failures);
        onTrouble();
    }
}
