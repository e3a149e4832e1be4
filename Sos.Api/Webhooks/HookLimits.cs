using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace Sos.Api.Webhooks;

/// <summary>
/// What keeps callers of webhooks within bounds, on this server: a bucket of calls per webhook, one of unknown tokens
/// per address, and how often refused calls are logged, so that a flood of them can't fill the log.
/// </summary>
internal sealed class HookLimits(TimeProvider time) : IDisposable
{
    /// <summary>How long after a logged refusal further ones are only counted.</summary>
    public static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private const int MaxLogged = 10_000;

    private readonly PartitionedRateLimiter<(Guid Webhook, int PerMinute)> calls =
        PartitionedRateLimiter.Create<(Guid Webhook, int PerMinute), (Guid, int)>(key => RateLimitPartition.GetTokenBucketLimiter(key, k => new TokenBucketRateLimiterOptions
        {
            TokenLimit = k.Item2,
            TokensPerPeriod = Math.Max(1, k.Item2 / 60),
            ReplenishmentPeriod = TimeSpan.FromMinutes(Math.Max(1, k.Item2 / 60) / (double)k.Item2),
            QueueLimit = 0,
        }));

    // Somebody who guesses tokens is told to wait after this many.
    private readonly PartitionedRateLimiter<string> misses = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(address, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = 100, TokensPerPeriod = 20, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0,
        }));

    private readonly ConcurrentDictionary<Guid, Refusals> refusals = new();

    /// <summary>Whether a webhook may be called now.</summary>
    public bool Allows(Guid webhook, int perMinute)
    {
        using var lease = calls.AttemptAcquire((webhook, perMinute));
        return lease.IsAcquired;
    }

    /// <summary>
    /// Counts an unknown token that an address came with. Only such calls are refused for it: behind one address may be
    /// a proxy, and everybody behind that.
    /// </summary>
    /// <returns>Whether there were too many.</returns>
    public bool MissesTooOften(string address)
    {
        using var lease = misses.AttemptAcquire(address);
        return !lease.IsAcquired;
    }

    /// <summary>Counts a refused call.</summary>
    /// <returns>How many calls the row to be logged stands for; zero where none is to be.</returns>
    public int Refused(Guid webhook)
    {
        if (refusals.Count >= MaxLogged)
            refusals.Clear();
        var entry = refusals.GetOrAdd(webhook, static _ => new Refusals());
        lock (entry)
        {
            entry.Count++;
            if (entry.LoggedAt is { } at && time.GetElapsedTime(at) < LogInterval)
                return 0;
            var count = entry.Count;
            (entry.Count, entry.LoggedAt) = (0, time.GetTimestamp());
            return count;
        }
    }

    public void Dispose()
    {
        calls.Dispose();
        misses.Dispose();
    }

    private sealed class Refusals
    {
        public int Count { get; set; }

        public long? LoggedAt { get; set; }
    }
}
