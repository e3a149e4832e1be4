using System.Collections.Concurrent;

namespace Sos.Workflows.Store;

/// <summary>Values of the database that may be a few seconds old.</summary>
internal sealed class RecentValues<TKey, TValue>(TimeProvider time, TimeSpan lifetime, int maxEntries = 1_000)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Entry> entries = new();

    /// <summary>A value, read anew when it is older than the lifetime.</summary>
    public async ValueTask<TValue> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TValue>> read, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (entries.TryGetValue(key, out var known) && time.GetElapsedTime(known.At, now) < lifetime)
            return known.Value;
        var value = await read(key, cancellationToken);
        if (entries.Count >= maxEntries)
            entries.Clear();
        entries[key] = new Entry(value, now); // its age counts from before the read
        return value;
    }

    private readonly record struct Entry(TValue Value, long At);
}
