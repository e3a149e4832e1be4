using Npgsql;

namespace Sos.Executors.Nodes.Database.Connections;

/// <summary>
/// Connections to the databases of workflows: a few per login, to a bounded number of logins. A login whose credential
/// changed gets new ones; those of before close when they are free, and count until then.
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
    private readonly List<LoginPool> pools = [];

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
        List<LoginPool> closing = [];
        LoginPool? pool;
        lock (gate)
        {
            Evict(login, closing);
            pool = Find(login);
            if (pool is null && pools.Count < MaxPools)
                pools.Add(pool = new LoginPool(login, time));
            if (pool is not null)
                pool.Users++;
        }
        foreach (var old in closing)
            await old.DisposeAsync();
        if (pool is null)
            return null;
        try
        {
            return new PoolLease(this, pool, await pool.EnterAsync(login, cancellationToken));
        }
        catch
        {
            await LeaveAsync(pool);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<LoginPool> closing = [];
        lock (gate)
        {
            // What is in use still closes when it is left.
            foreach (var pool in pools.ToArray())
                GiveUp(pool, closing);
        }
        foreach (var pool in closing)
            await pool.DisposeAsync();
    }

    private async ValueTask LeaveAsync(LoginPool pool)
    {
        List<LoginPool> closing = [];
        lock (gate)
        {
            pool.Users--;
            pool.UsedAt = time.GetUtcNow();
            if (pool.IsOutdated)
                GiveUp(pool, closing);
        }
        foreach (var last in closing)
            await last.DisposeAsync();
    }

    private LoginPool? Find(DatabaseLogin login) => pools.Find(p => p.Key == login.Key && !p.IsOutdated);

    // What is idle for long goes, what an older state of the same credential had, and where there is no room, what was used longest ago.
    private void Evict(DatabaseLogin login, List<LoginPool> closing)
    {
        var now = time.GetUtcNow();
        foreach (var pool in pools.ToArray())
        {
            if ((pool.CredentialId == login.CredentialId && pool.Key != login.Key) || (pool.Users == 0 && now - pool.UsedAt > IdleLimit))
                GiveUp(pool, closing);
        }
        if (pools.Count >= MaxPools && Find(login) is null && pools.Where(p => p.Users == 0).MinBy(p => p.UsedAt) is { } oldest)
            GiveUp(oldest, closing);
    }

    private void GiveUp(LoginPool pool, List<LoginPool> closing)
    {
        pool.IsOutdated = true;
        if (pool.Users == 0 && pools.Remove(pool))
            closing.Add(pool);
    }

    /// <summary>The right to one connection of a pool.</summary>
    internal sealed class PoolLease(DatabasePools pools, LoginPool pool, LoginPool.Source source) : IAsyncDisposable
    {
        /// <summary>Where to open it.</summary>
        public NpgsqlDataSource DataSource => source.DataSource;

        /// <inheritdoc/>
        public ValueTask DisposeAsync()
        {
            pool.Leave(source);
            return pools.LeaveAsync(pool);
        }
    }
}
