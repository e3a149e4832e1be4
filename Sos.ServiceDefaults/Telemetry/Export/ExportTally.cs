namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Counts what one signal loses on its way to one destination, and bounds what waits for it. The SDK's own queue
/// drops in silence, so an item is let into it only while there is room for sure.
/// </summary>
/// <param name="capacity">Items that may wait or be under way.</param>
/// <param name="onTrouble">Called when items are lost.</param>
sealed class ExportTally(int capacity, Action onTrouble)
{
    readonly Lock _lock = new();
    long _entered;
    long _left;
    long _dropped;
    long _failures;
    (long Target, TaskCompletionSource Signal)? _awaited;

    /// <summary>Items lost since the start: no room for them, or their export failed for good.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Exports that failed for good since the start.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Items that wait or are under way.</summary>
    public long Waiting
    {
        get
        {
            // In this order an item that leaves meanwhile makes the answer smaller and never larger than it was.
            var entered = Interlocked.Read(ref _entered);
            return Math.Max(0, entered - Interlocked.Read(ref _left));
        }
    }

    /// <summary>Takes a place in the queue; false, and counted as dropped, when there is none.</summary>
    public bool TryEnter()
    {
        while (true)
        {
            var entered = Interlocked.Read(ref _entered);
            if (entered - Interlocked.Read(ref _left) >= capacity)
                break;
            if (Interlocked.CompareExchange(ref _entered, entered + 1, entered) == entered)
                return true;
        }

        Interlocked.Increment(ref _dropped);
        onTrouble();
        return false;
    }

    /// <summary>Gives back the places of a batch whose export has ended.</summary>
    public void Leave(int count, bool delivered)
    {
        lock (_lock)
        {
            Interlocked.Add(ref _left, count);
            if (_awaited is var (target, signal) && _left >= target)
                signal.TrySetResult();
        }

        if (!delivered)
            Fail(count);
    }

    /// <summary>Counts an export that failed for good.</summary>
    /// <param name="lost">How many items were lost with it.</param>
    public void Fail(int lost)
    {
        Interlocked.Add(ref _dropped, lost);
        Interlocked.Increment(ref _failures);
        onTrouble();
    }

    /// <summary>Ends when everything that has entered so far has been delivered or lost. One caller at a time.</summary>
    public Task WhenGone()
    {
        lock (_lock)
        {
            var target = Interlocked.Read(ref _entered);
            if (_left >= target)
                return Task.CompletedTask;
            var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (target, signal);
            return signal.Task;
        }
    }
}
