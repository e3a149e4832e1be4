using Npgsql;

namespace Sos.Executors.Nodes.Database.Connections;

/// <summary>
/// Connections to the databases of workflows: a few per login, to a bounded number of logins. A login that changed gets
/// new ones; those of before close when they are free.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class DatabasePools(TimeProvider time) : IAsyncDisposable
{
    /// <summary>The most connections of one login.</summary>
    public const int MaxConnections = 8;

    /// <summary>The most logins at once.</summary>
    public const int MaxPools = 32;

    /// <summary>After how long without use a login's pool is given up; its connections are closed before that.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Pool> pools = new(StringComparer.Ordinal);

    /// <summary>How many logins have a pool.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return pools.Count;
        }
    }

    /// <summary>Takes part in a login's pool.</summary>
    /// <returns>For the caller to dispose; null where too many logins are in use at once.</returns>
    public async ValueTask<PoolLease?> RentAsync(DatabaseLogin login, CancellationToken cancellationToken)
    {
        List<Pool> closing = [];
        Pool? pool;
        lock (gate)
        {
            Evict(login, closing);
            if (!pools.TryGetValue(login.Key, out pool) && pools.Count < MaxPools)
                pools[login.Key] = pool = new Pool(login);
            if (pool is not null)
                pool.Users++;
        }
        foreach (var old in closing)
            await old.DisposeAsync();
        if (pool is null)
            return null;
        try
        {
            await pool.Slots.WaitAsync(cancellationToken);
        }
        catch
        {
            await LeaveAsync(pool);
            throw;
        }
        return new PoolLease(this, pool);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Pool> closing = [];
        lock (gate)
        {
            // What is in use still closes when it is left.
            foreach (var pool in pools.Values.ToArray())
                Remove(pool, closing);
        }
        foreach (var pool in closing)
            await pool.DisposeAsync();
    }

    private async ValueTask LeaveAsync(Pool pool)
    {
        bool isLast;
        lock (gate)
        {
            pool.Users--;
            pool.UsedAt = time.GetUtcNow();
            isLast = pool.Users == 0 && pool.IsOutdated;
        }
        if (isLast)
            await pool.DisposeAsync();
    }

    // What is idle for long goes, what an older state of the same credential had, and where there is no room, what was used longest ago.
    private void Evict(DatabaseLogin login, List<Pool> closing)
    {
        var now = time.GetUtcNow();
        foreach (var pool in pools.Values.ToArray())
        {
            var isOld = pool.Login.CredentialId == login.CredentialId && pool.Login.Key != login.Key;
            if (isOld || (pool.Users == 0 && now - pool.UsedAt > IdleLimit))
                Remove(pool, closing);
        }
        if (pools.Count >= MaxPools && !pools.ContainsKey(login.Key) && pools.Values.Where(p => p.Users == 0).MinBy(p => p.UsedAt) is { } oldest)
            Remove(oldest, closing);
    }

    private void Remove(Pool pool, List<Pool> closing)
    {
        pools.Remove(pool.Login.Key);
        pool.IsOutdated = true;
        if (pool.Users == 0)
            closing.Add(pool);
    }

    /// <summary>The connections of one login.</summary>
    internal sealed class Pool(DatabaseLogin login) : IAsyncDisposable
    {
        public DatabaseLogin Login => login;

        public NpgsqlDataSource DataSource { get; } = login.Connect(MaxConnections);

        public SemaphoreSlim Slots { get; } = new(MaxConnections);

        public int Users { get; set; }

        public DateTimeOffset UsedAt { get; set; }

        public bool IsOutdated { get; set; }

        public async ValueTask DisposeAsync()
        {
            await DataSource.DisposeAsync();
            Slots.Dispose();
        }
    }

    /// <summary>The right to one connection of a pool.</summary>
    internal sealed class PoolLease(DatabasePools pools, Pool pool) : IAsyncDisposable
    {
        /// <summary>Where to open it.</summary>
        public NpgsqlDataSource DataSource => pool.DataSource;

        /// <inheritdoc/>
        public ValueTask DisposeAsync()
        {
            pool.Slots.Release();
            return pools.LeaveAsync(pool);
        }
    }
}
