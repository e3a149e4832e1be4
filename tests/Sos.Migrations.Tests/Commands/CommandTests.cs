using Npgsql;
using Sos.Migrations.Schema;
using Sos.Testing.Otlp;
using Sos.Testing.Postgres;
using Sos.Testing.Processes;
using Sos.Workflows.Secrets;

namespace Sos.Migrations.Tests.Commands;

public sealed class CommandTests
{
    [Fact]
    public async Task Status_migrate_and_status_again_as_a_person_types_them()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var connection = new Dictionary<string, string> { ["ConnectionStrings__sos"] = database.ConnectionString };

        var before = await MigrationsProgram.RunAsync(["status"], connection);
        var migrated = await MigrationsProgram.RunAsync(["migrate"], connection);
        var again = await MigrationsProgram.RunAsync([], connection); // no command: migrate
        var after = await MigrationsProgram.RunAsync(["status", "--connection", database.ConnectionString]);

        Assert.Equal(2, before.ExitCode);
        Assert.Matches(@"0001_tenants\.sql +pending", before.Output);
        Assert.Equal(0, migrated.ExitCode);
        Assert.StartsWith($"The schema is at version {MigrationScript.All.Count}: {MigrationScript.All.Count} scripts applied in ", migrated.Output);
        Assert.Contains("Partitions: 26 made", migrated.Output);
        Assert.Equal(0, again.ExitCode);
        Assert.StartsWith($"The schema is up to date (version {MigrationScript.All.Count}).", again.Output);
        Assert.Equal(0, after.ExitCode);
        Assert.Matches(@"0001_tenants\.sql +applied +20\d\d-\d\d-\d\d ", after.Output);
        Assert.EndsWith("Up to date.\n", after.Output);
    }

    [Fact]
    public async Task Two_migrating_processes_at_once_both_succeed()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => MigrationsProgram.RunAsync(["migrate", "-c", database.ConnectionString])));

        Assert.All(runs, run => Assert.Equal((0, ""), (run.ExitCode, run.ExitCode == 0 ? "" : run.Error)));
        Assert.Single(runs, run => run.Output.Contains("scripts applied"));
        Assert.Single(runs, run => run.Output.Contains("is up to date"));
    }

    [Fact]
    public async Task Partitions_lists_what_it_made_and_retention_comes_from_the_environment()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await new Migrator(database.DataSource).MigrateAsync();
        await database.ExecuteAsync("insert into event_logs (workspace_id, event_type, timestamp) values (gen_random_uuid(), 'old', now() - interval '3 days')");

        var run = await MigrationsProgram.RunAsync(["partitions", "-c", database.ConnectionString], new Dictionary<string, string> { ["Retention__EventLogDays"] = "2" });

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"event_logs_p\d{8} +made", run.Output);
        Assert.EndsWith("26 made, 0 dropped, 0 kept; 0 rows moved, 0 executions and 1 other rows deleted.\n", run.Output);
    }

    [Fact]
    public async Task Secrets_rotate_encrypts_anew_with_the_first_key_and_shows_no_key()
    {
        await using var database = await TestDatabase.CreateAsync();
        string old = KeyRing.Generate("old"), next = KeyRing.Generate("next");
        Guid workspace = Guid.CreateVersion7(), row = Guid.CreateVersion7();
        var place = SecretPlace.ModelProvider(workspace, row);
        await database.ExecuteAsync($"""
            insert into organizations (id, name) values ('{workspace}', 'o');
            insert into workspaces (id, organization_id, name) values ('{workspace}', '{workspace}', 'w');
            insert into model_providers (id, workspace_id, name, kind, secret)
              values ('{row}', '{workspace}', 'p', 'openai', '\x{Convert.ToHexString(KeyRing.Parse([old]).Seal("sk", place))}')
            """);

        var without = await MigrationsProgram.RunAsync(["secrets", "rotate", "-c", database.ConnectionString]);
        var half = await MigrationsProgram.RunAsync(["secrets", "rotate", "-c", database.ConnectionString], new Dictionary<string, string> { ["Sos__Secrets__Keys"] = next });
        var whole = await MigrationsProgram.RunAsync(["secrets", "rotate", "-c", database.ConnectionString], new Dictionary<string, string> { ["Sos__Secrets__Keys"] = $"{next},{old}" });

        Assert.Equal(1, without.ExitCode);
        Assert.Contains("Sos:Secrets:Keys", without.Error);
        Assert.Equal(1, half.ExitCode);
        Assert.Contains("the key 'old', which is not configured", half.Error);
        Assert.Equal(
            (0, """
                model_providers: 1 encrypted anew with the key 'next', 0 already were, 0 could not be opened.
                credentials: 0 encrypted anew with the key 'next', 0 already were, 0 could not be opened.
                credentials.token: 0 encrypted anew with the key 'next', 0 already were, 0 could not be opened.
                credential_sign_ins.verifier: 0 encrypted anew with the key 'next', 0 already were, 0 could not be opened.
                credential_sign_ins.code: 0 encrypted anew with the key 'next', 0 already were, 0 could not be opened.
                webhooks: 0 encrypted anew with the key 'next', 0 already were, 0 could not be opened.

                """), (whole.ExitCode, whole.Output));
        Assert.Equal("sk", KeyRing.Parse([next]).Open((await database.QueryAsync<byte[]>("select secret from model_providers"))!, place));
        foreach (var key in new[] { old, next })
            Assert.DoesNotContain(key.Split(':')[1], without.Error + half.Output + half.Error + whole.Output + whole.Error);
    }

    [Fact]
    public async Task A_newer_database_is_an_error_with_exit_code_1()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("insert into schema_migrations values (9999, 'future', '', now(), 1)");

        foreach (var command in (string[])["migrate", "status"])
        {
            var run = await MigrationsProgram.RunAsync([command, "-c", database.ConnectionString]);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("The database is newer than this program: it has script 9999_future.sql", run.Error);
        }
    }

    [Theory]
    [InlineData("There is no database to work on", "migrate")]
    [InlineData("The connection string is malformed", "status", "-c", "Hots=here;Password=hidden")]
    [InlineData("did not accept a connection within 0.2 s", "migrate", "-c", "Host=127.0.0.1;Port=1;Username=u;Password=hidden")]
    [InlineData("Unrecognized command or argument 'migrat'", "migrat")]
    [InlineData("'Up' cannot name a PostgreSQL instance", "postgres", "--name", "Up")]
    public async Task A_mistake_is_one_message_and_exit_code_1(string message, params string[] arguments)
    {
        var run = await MigrationsProgram.RunAsync(arguments, new Dictionary<string, string> { ["Migrations__ServerTimeout"] = "00:00:00.2" });

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.DoesNotContain("hidden", run.Output + run.Error);
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Theory]
    [InlineData("migrate", "status", "partitions", "postgres")]
    [InlineData("--connection", "migrate")]
    [InlineData("Exit code: 0 up to date, 2", "status")]
    [InlineData("Retention__ExecutionDays", "partitions")]
    [InlineData("SOS_POSTGRES_BIN", "postgres")]
    public async Task Help_explains_each_command(string part, params string[] command)
    {
        var run = await MigrationsProgram.RunAsync([.. command.Take(1).Where(_ => command.Length == 1), "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(part, run.Output);
        Assert.All(command, each => Assert.Contains(each, run.Output));
    }

    [Fact]
    public async Task The_private_servers_password_is_shown_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        await using var program = MigrationsProgram.Start(["postgres", "--data", folder.Path, "--temporary", "--show-password"]);

        var shown = await program.ReadUntilAsync("Ctrl+C");

        Assert.Contains("Password=" + File.ReadAllText(Path.Combine(folder.Path, "default", "password")).Trim(), shown);
        program.Kill();
        await Waiting.UntilAsync(() => !Directory.Exists(Path.Combine(folder.Path, "default")), "the folder's removal");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task How_to_connect_is_in_a_file_while_the_server_runs(bool folderGoesFirst)
    {
        using var folder = new TemporaryFolder();
        var files = Directory.CreateDirectory(Path.Combine(folder.Path, "files"));
        var file = Path.Combine(files.FullName, "connection");
        await using var program = ServiceProcess.Start("Sos.Migrations.dll", new Dictionary<string, string?> { ["SOS_DATA"] = null }, "postgres", "--data", folder.Path, "--temporary", "--connection-file", file);

        await Waiting.UntilAsync(() => File.Exists(file), "the file");
        await using (var connection = new NpgsqlConnection(await File.ReadAllTextAsync(file)))
            await connection.OpenAsync();

        if (folderGoesFirst)
            files.Delete(recursive: true);
        Assert.Equal(0, await program.TerminateAsync());
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_migration_is_one_trace_of_the_service_sos_migrations()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var receiver = await OtlpReceiver.StartAsync();

        var run = await MigrationsProgram.RunAsync(["migrate", "-c", database.ConnectionString], new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.GrpcEndpoint });

        // The program has ended, so what it flushed is here.
        Assert.Equal(0, run.ExitCode);
        var root = Assert.Single(receiver.Spans, span => span.Name == "migrations.run");
        var scripts = receiver.Spans.Where(span => span.Name == "migrations.apply").OrderBy(span => span.Start).ToList();
        Assert.Equal("sos-migrations", root.ServiceName);
        Assert.Null(root.ParentSpanId);
        Assert.Equal(MigrationScript.All.Select(script => script.FileName), scripts.Select(span => span["migrations.script"]));
        Assert.All(scripts, span => Assert.Equal((root.TraceId, root.SpanId), (span.TraceId, span.ParentSpanId)));
    }
}
