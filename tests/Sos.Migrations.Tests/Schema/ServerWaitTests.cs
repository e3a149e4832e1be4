using System.Net;
using System.Net.Sockets;
using Npgsql;
using Sos.Migrations.Embedded;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;

namespace Sos.Migrations.Tests.Schema;

public sealed class ServerWaitTests
{
    private static readonly MigrationScript Script = MigrationScript.Parse("0001_one.sql", "select 1");

    [Fact]
    public async Task A_server_that_starts_later_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        var options = new EmbeddedPostgresOptions { DataRoot = folder.Path, Durable = false };
        string connectionString;
        int port;
        await using (var once = await EmbeddedPostgres.StartAsync(options))
            (connectionString, port) = (once.ConnectionString, once.Port);
        await using var source = NpgsqlDataSource.Create(connectionString);

        var migration = new Migrator(source, [Script]).MigrateAsync();
        Assert.False(migration.IsCompleted);
        await using var server = await EmbeddedPostgres.StartAsync(options with { Port = port });

        Assert.Single((await migration.WaitAsync(Waiting.Limit)).Applied);
    }

    [Fact]
    public async Task The_wait_is_bounded_and_tells_the_reason_without_the_password()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=u;Password=hidden;Database=d");

        var error = await Assert.ThrowsAsync<MigrationException>(() => new Migrator(source, [Script], new MigratorOptions { ServerTimeout = TimeSpan.FromMilliseconds(300) }).MigrateAsync());

        Assert.StartsWith($"PostgreSQL at 127.0.0.1:{port}, database 'd' did not accept a connection within 0.3 s:", error.Message);
        Assert.Contains("refused", error.Message);
        Assert.DoesNotContain("hidden", error.Message);
    }

    [Fact]
    public async Task A_wrong_password_fails_at_once()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Password = "guess" }.ConnectionString);

        var error = await Assert.ThrowsAsync<MigrationException>(() => new Migrator(source, [Script]).MigrateAsync());

        Assert.Contains("password authentication failed", error.Message);
        Assert.DoesNotContain("guess", error.Message);
    }
}
