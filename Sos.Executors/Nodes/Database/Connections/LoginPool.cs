using Npgsql;

namespace Sos.Executors.Nodes.Database.Connections;

/// <summary>
/// The connections of one login, <see cref="DatabasePools.MaxConnections"/> at most, whatever addresses the server's name
/// leads to. Those to one set of addresses are one source, and are used again when the name leads there again.
/// </summary>
/// <param name="login">The login.</param>
/// <param name="time">The clock.</param>
internal sealed class LoginPool(DatabaseLogin login, TimeProvider time) : IAsyncDisposable
{
    private readonly SemaphoreSlim slots = new(DatabasePools.MaxConnections);
    private readonly Lock gate = new();
    private readonly List<Source> sources = [];

    /// <summary>The login's.</summary>
    public string Key => login.Key;

    /// <summary>The login's.</summary>
    public Guid CredentialId => login.CredentialId;

    /// <summary>How many use it or wait for it. This and the rest is kept by <see cref="DatabasePools"/>, under its lock.</summary>
    public int Users { get; set; }

    /// <summary>When it was last left.</summary>
    public DateTimeOffset UsedAt { get; set; }

    /// <summary>Whether nobody new may use it.</summary>
    public bool IsOutdated { get; set; }

    /// <summary>Waits for the right to a connection to the addresses of a login, which is this one.</summary>
    public async Task<Source> EnterAsync(DatabaseLogin current, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            lock (gate)
                return Enter(current);
        }
        catch
        {
            slots.Release();
            throw;
        }
    }

    /// <summary>Gives the right back. The connection is closed by now, or back in the source.</summary>
    public void Leave(Source source)
    {
        lock (gate)
        {
            source.Users--;
            source.UsedAt = time.GetUtcNow();
        }
        slots.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources)
            await source.DataSource.DisposeAsync();
        slots.Dispose();
    }

    private Source Enter(DatabaseLogin current)
    {
        var now = time.GetUtcNow();
        foreach (var idle in sources.FindAll(s => s.Users == 0 && s.Addresses != current.Addresses && now - s.UsedAt > DatabasePools.IdleLimit))
            CloseIdle(idle);
        if (sources.Find(s => s.Addresses == current.Addresses) is not { } source)
            sources.Add(source = new Source(current));
        if (source.Users == source.Connections)
        {
            // It needs one more. As this one's slot is not used yet, another source has one that is idle where there is no room.
            while (sources.Sum(s => s.Connections) >= DatabasePools.MaxConnections)
                CloseIdle(sources.Where(s => s.Connections > s.Users).MinBy(s => s.UsedAt)!);
            source.Connections++;
        }
        source.Users++;
        return source;
    }

    // Those in use are closed as they are given back; until then they count.
    private void CloseIdle(Source source)
    {
        source.DataSource.Clear();
        source.Connections = source.Users;
        if (source.Users == 0 && sources.Remove(source))
            source.DataSource.Dispose();
    }

    /// <summary>The connections to one set of addresses.</summary>
    internal sealed class Source(DatabaseLogin login)
    {
        public string Addresses => login.Addresses;

        public NpgsqlDataSource DataSource { get; } = login.Connect(DatabasePools.MaxConnections);

        /// <summary>How many are in use.</summary>
        public int Users { get; set; }

        /// <summary>The most that can be open, in use or idle.</summary>
        public int Connections { get; set; }

        public DateTimeOffset UsedAt { get; set; }
    }
}
