using Npgsql;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;

namespace Sos.Migrations.Tests.Schema;

// Logins belong to the server and not to a database, so these tests go one after another on a server of their own.
public sealed class ServiceLoginsTests : IAsyncLifetime
{
    private const string First = "first-password-of-a-service", Second = "second-password-of-a-service";

    private PostgresFixture server = null!;
    private TestDatabase database = null!;

    public async Task InitializeAsync()
    {
        server = await PostgresFixture.StartAsync();
        database = await server.CreateDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_login_may_do_what_its_role_may_and_no_more()
    {
        var made = await new ServiceLogins(database.DataSource, new LoginOptions { ApiPassword = First, ExecutorsPassword = First, MonitorPassword = First }).ApplyAsync();
        Assert.Equal(["sos_api_login", "sos_executors_login", "sos_monitor_login"], made);

        await using var executors = As("sos_executors_login", First);
        await RunAsync(executors, "select count(*) from workflow_executions");
        foreach (var sql in (string[])["select * from api_keys", "create table mine (a int)", "set role sos_api", $"set role {new NpgsqlConnectionStringBuilder(database.ConnectionString).Username}", "create role another", "alter role sos_api_login password 'x'"])
            Assert.True((await Assert.ThrowsAsync<PostgresException>(() => RunAsync(executors, sql))).SqlState == PostgresErrorCodes.InsufficientPrivilege, sql);

        await using var monitor = As("sos_monitor_login", First);
        await RunAsync(monitor, "select queue_depth()");
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(monitor, "select * from workflows"))).SqlState);
    }

    [Fact]
    public async Task The_next_migration_changes_the_password_and_one_without_a_password_leaves_it()
    {
        await new ServiceLogins(database.DataSource, new LoginOptions { ExecutorsPassword = First }).ApplyAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new ServiceLogins(database.DataSource, new LoginOptions { ExecutorsPassword = Second }).ApplyAsync()));
        Assert.Empty(await new ServiceLogins(database.DataSource, new LoginOptions { ApiPassword = "" }).ApplyAsync());
        Assert.Empty(await new ServiceLogins(database.DataSource, null).ApplyAsync());

        await using var old = As("sos_executors_login", First);
        Assert.Equal(PostgresErrorCodes.InvalidPassword, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(old, "select 1"))).SqlState);
        await using var current = As("sos_executors_login", Second);
        await RunAsync(current, "select 1");
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from pg_roles where rolname like 'sos%login'"));
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData("with spaces in the middle")]
    [InlineData("mit-Umlauten-wäre-es-möglich")]
    public async Task A_password_that_could_be_guessed_or_mistyped_is_refused(string password)
    {
        var refusal = await Assert.ThrowsAsync<MigrationException>(() => new ServiceLogins(database.DataSource, new LoginOptions { MonitorPassword = password }).ApplyAsync());
        Assert.Contains("Logins__MonitorPassword", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_who_may_not_make_logins_is_told_what_to_do()
    {
        await database.ExecuteAsync($"create role poor login password '{First}'");
        await using var poor = As("poor", First);
        var refusal = await Assert.ThrowsAsync<MigrationException>(() => new ServiceLogins(poor, new LoginOptions { ExecutorsPassword = Second }).ApplyAsync());
        Assert.Contains("CREATEROLE", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_needs_no_more_than_CREATEROLE()
    {
        await database.ExecuteAsync($"create role maker login createrole password '{First}'; grant sos_monitor to maker with admin option");
        await using var maker = As("maker", First);
        foreach (var password in (string[])[First, Second])
            Assert.Equal(["sos_monitor_login"], await new ServiceLogins(maker, new LoginOptions { MonitorPassword = password }).ApplyAsync());
        await using var monitor = As("sos_monitor_login", Second);
        await RunAsync(monitor, "select queue_depth()");
    }

    [Fact]
    public async Task The_program_makes_them_and_the_password_is_nowhere_to_read()
    {
        await database.ExecuteAsync("alter system set log_statement = 'all'; select pg_reload_conf()");
        var run = await MigrationsProgram.RunAsync(["migrate", "-c", database.ConnectionString], new Dictionary<string, string> { ["Logins__ExecutorsPassword"] = First });
        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith("Logins: sos_executors_login.\n", run.Output);
        Assert.DoesNotContain(First, run.Output + run.Error, StringComparison.Ordinal);
        Assert.StartsWith("SCRAM-SHA-256$4096:", await database.QueryAsync<string>("select rolpassword from pg_authid where rolname = 'sos_executors_login'"));
        var log = await File.ReadAllTextAsync(server.LogFile);
        Assert.Contains("alter role sos_executors_login", log, StringComparison.Ordinal);
        Assert.DoesNotContain(First, log, StringComparison.Ordinal);
    }

    private NpgsqlDataSource As(string user, string password) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = user, Password = password, Pooling = false });

    private static async Task RunAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
