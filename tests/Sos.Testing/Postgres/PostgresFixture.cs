using Npgsql;
using Sos.Migrations.Embedded;
using Sos.Migrations.Partitions;
using Sos.Migrations.Schema;

namespace Sos.Testing.Postgres;

/// <summary>
/// A throw-away PostgreSQL server with a migrated template database. Its folder is removed when it is disposed or the
/// test process ends, however it ends. Tests share <see cref="SharedAsync"/>; one that restarts or stops the server
/// starts its own.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private const string Template = "sos_template";

    // Several test classes run at once, each with its own pools.
    private const string MaxConnections = "400";

    private static readonly Lazy<Task<PostgresFixture>> SharedServer = new(() => StartAsync());

    private readonly EmbeddedPostgres _server;
    private readonly NpgsqlDataSource _admin;
    private int _databases;

    private PostgresFixture(EmbeddedPostgres server)
    {
        _server = server;
        _admin = NpgsqlDataSource.Create(server.ConnectionString);
    }

    /// <summary>The server's process.</summary>
    public int ProcessId => _server.ProcessId;

    /// <summary>The file with the server's messages.</summary>
    public string LogFile => _server.LogFile;

    /// <summary>The one server of this test process; never dispose or restart it.</summary>
    public static Task<PostgresFixture> SharedAsync() => SharedServer.Value;

    /// <summary>Starts a private server.</summary>
    /// <param name="durable">With fsync, as in production; without it, commits survive a crash of the server but not of the machine.</param>
    /// <param name="settings">Server settings that replace the built-in ones.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    public static async Task<PostgresFixture> StartAsync(bool durable = false, IReadOnlyDictionary<string, string>? settings = null, CancellationToken cancellationToken = default)
    {
        var server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions
        {
            Name = Guid.NewGuid().ToString("N"),
            DataRoot = Path.Combine(durable ? Path.GetTempPath() : FastFolder(), $"sos-tests-{Environment.UserName}"),
            Durable = durable,
            Ephemeral = true,
            Settings = new Dictionary<string, string>(settings ?? new Dictionary<string, string>()) { ["max_connections"] = MaxConnections, ["max_wal_size"] = "256MB" },
        }, cancellationToken: cancellationToken);
        var fixture = new PostgresFixture(server);
        try
        {
            await fixture.MakeTemplateAsync(cancellationToken);
            return fixture;
        }
        catch
        {
            await fixture.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a database with the current schema and nothing in it.</summary>
    public Task<TestDatabase> CreateDatabaseAsync(CancellationToken cancellationToken = default) => CreateAsync(Template, cancellationToken);

    /// <summary>Makes a database without a schema.</summary>
    public Task<TestDatabase> CreateEmptyDatabaseAsync(CancellationToken cancellationToken = default) => CreateAsync("template1", cancellationToken);

    /// <summary>Stops the server and starts it again on the same port; <paramref name="immediate"/> is a crash.</summary>
    public async Task RestartAsync(bool immediate = true, CancellationToken cancellationToken = default)
    {
        await _server.RestartAsync(immediate, cancellationToken);
        _admin.Clear(); // its pooled connections are dead
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _server.DisposeAsync();
    }

    internal async Task DropAsync(string database)
    {
        await using var drop = _admin.CreateCommand($"drop database if exists {database} with (force)");
        await drop.ExecuteNonQueryAsync();
    }

    private async Task MakeTemplateAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync($"create database {Template}", cancellationToken);
        await using (var template = NpgsqlDataSource.Create(ConnectionStringOf(Template)))
        {
            await new Migrator(template).MigrateAsync(cancellationToken);
            await new PartitionMaintenance(template).RunAsync(cancellationToken);
        }
        await ExecuteAsync($"alter database {Template} allow_connections false is_template true", cancellationToken);
    }

    private async Task<TestDatabase> CreateAsync(string template, CancellationToken cancellationToken)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"create database {name} template {template}", cancellationToken);
        return new TestDatabase(this, name, ConnectionStringOf(name));
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Every database is hundreds of small files, made and deleted: in memory that takes a tenth of the time.
    private static string FastFolder()
    {
        const string memory = "/dev/shm";
        const long enough = 2L * 1024 * 1024 * 1024; // containers often have 64 MB there
        return Directory.Exists(memory) && new DriveInfo(memory).AvailableFreeSpace > enough ? memory : Path.GetTempPath();
    }

    private string ConnectionStringOf(string database) =>
        new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = database, MaxPoolSize = 50, IncludeErrorDetail = true }.ConnectionString;
}
