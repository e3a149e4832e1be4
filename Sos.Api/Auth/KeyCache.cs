using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Sos.Workflows.Store;

namespace Sos.Api.Auth;

/// <summary>
/// Who presents a key, remembered for five seconds: so long may a revoked key still open doors. Keys are looked up by
/// their hash, so how long it takes says nothing about them.
/// </summary>
/// <param name="store">The keys that there are.</param>
/// <param name="use">Notes which keys are used.</param>
/// <param name="time">When answers were got.</param>
/// <param name="guesses">How many unknown keys an address may come with; <see cref="Guesses"/> by default.</param>
internal sealed class KeyCache(ApiKeyStore store, KeyUse use, TimeProvider time, TokenBucketRateLimiterOptions? guesses = null) : IDisposable
{
    /// <summary>How long an answer of the database holds.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// So often somebody who guesses keys gets to ask the database. Keys that there are cost nothing: behind a proxy, many
    /// people may have one address.
    /// </summary>
    public static readonly TokenBucketRateLimiterOptions Guesses = new() { TokenLimit = 100, TokensPerPeriod = 20, ReplenishmentPeriod = TimeSpan.FromSeconds(1) };

    /// <summary>How many look-ups of one address are under way at a time.</summary>
    public const int LookupsAtOnce = 8;

    private const int MaxEntries = 10_000;
    private const int MaxKeyLength = 200;

    private readonly ConcurrentDictionary<UInt128, Entry> entries = new();
    private readonly DatabaseRetry retry = new(time, ExecutionSubmitter.Attempts);

    private readonly PartitionedRateLimiter<string> misses = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(address, _ => guesses ?? Guesses));

    // What is under way has not been counted yet, so one address gets few look-ups at a time; its others wait their turn.
    private readonly PartitionedRateLimiter<string> underWay = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetConcurrencyLimiter(address, _ => new ConcurrencyLimiterOptions { PermitLimit = LookupsAtOnce, QueueLimit = 1_000 }));

    /// <summary>What is known of a presented key.</summary>
    public readonly record struct Answer(Caller? Caller, bool TooManyLookups = false);

    /// <summary>Finds who presents a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="address">Where the request came from.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    public async ValueTask<Answer> FindAsync(string key, string address, CancellationToken cancellationToken)
    {
        if (key.Length is 0 or > MaxKeyLength)
            return default;
        return await FindAsync(Hash(key), address, cancellationToken);
    }

    /// <summary>Finds who was signed in with a key, by its hash from a sealed cookie.</summary>
    public ValueTask<Answer> FindByHashAsync(byte[] hash, CancellationToken cancellationToken) => FindAsync(hash, address: null, cancellationToken);

    private async ValueTask<Answer> FindAsync(byte[] hash, string? address, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        // 128 of the hash's bits tell keys apart in memory; the database compares them all.
        var id = BitConverter.ToUInt128(hash);
        if (entries.TryGetValue(id, out var entry) && time.GetElapsedTime(entry.At, now) < Lifetime)
            return Used(entry.Caller);

        using var mayAsk = address is null ? null : await underWay.AcquireAsync(address, cancellationToken: cancellationToken);
        // Whole tokens are counted: of a part of one, which refilling leaves, a lease of none would be given for ever.
        if (address is not null && (mayAsk is { IsAcquired: false } || misses.GetStatistics(address) is { CurrentAvailablePermits: < 1 }))
            return new Answer(null, TooManyLookups: true);
        var caller = await retry.ExecuteAsync(async token => await store.FindAsync(hash, token), cancellationToken) is { } holder ? new Caller(holder) : null;
        if (caller is null && address is not null)
            misses.AttemptAcquire(address).Dispose();
        if (entries.Count >= MaxEntries)
            entries.Clear();
        entries[id] = new Entry(caller, now);
        return Used(caller);
    }

    /// <summary>Forgets a key that was revoked here.</summary>
    public void Forget(Guid keyId)
    {
        foreach (var (id, entry) in entries)
        {
            if (entry.Caller?.Holder.KeyId == keyId)
                entries.TryRemove(id, out _);
        }
    }

    public void Dispose()
    {
        misses.Dispose();
        underWay.Dispose();
    }

    private Answer Used(Caller? caller)
    {
        if (caller is not null)
            use.Note(caller.Holder.KeyId);
        return new Answer(caller);
    }

    private static byte[] Hash(string key)
    {
        Span<byte> utf8 = stackalloc byte[MaxKeyLength * 3];
        return SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)]);
    }

    private readonly record struct Entry(Caller? Caller, long At);
}
