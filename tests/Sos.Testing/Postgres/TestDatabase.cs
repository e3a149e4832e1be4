using Npgsql;

namespace Sos.Testing.Postgres;

/// <summary>A database of a test's own, dropped when it is disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly PostgresFixture _server;
    private readonly Lazy<NpgsqlDataSource> _dataSource;

    internal TestDatabase(PostgresFixture server, string name, string connectionString)
    {
        (_server, Name, ConnectionString) = (server, name, connectionString);
        _dataSource = new Lazy<NpgsqlDataSource>(() => NpgsqlDataSource.Create(connectionString));
    }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>How to connect as its owner.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections as its owner.</summary>
    public NpgsqlDataSource DataSource => _dataSource.Value;

    /// <summary>A database with the current schema on the test process's server.</summary>
    public static async Task<TestDatabase> CreateAsync(CancellationToken cancellationToken = default) =>
        await (await PostgresFixture.SharedAsync()).CreateDatabaseAsync(cancellationToken);

    /// <summary>A database without a schema on the test process's server.</summary>
    public static async Task<TestDatabase> CreateEmptyAsync(CancellationToken cancellationToken = default) =>
        await (await PostgresFixture.SharedAsync()).CreateEmptyDatabaseAsync(cancellationToken);

    /// <summary>Runs statements as the owner.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken = default)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first column of a query's first row as the owner sees it; null where there is no row.</summary>
    public async Task<T?> QueryAsync<T>(string sql, CancellationToken cancellationToken = default)
    {
        await using var command = DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_dataSource.IsValueCreated)
            await _dataSource.Value.DisposeAsync();
        await _server.DropAsync(Name);
    }
}
