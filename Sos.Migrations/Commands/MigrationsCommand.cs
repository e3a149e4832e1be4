using System.CommandLine;
using Npgsql;
using Sos.Migrations.Embedded;
using Sos.Migrations.Schema;
using Sos.Migrations.SigNoz;
using Sos.Workflows.Secrets;

namespace Sos.Migrations.Commands;

/// <summary>The program's commands. An error that a person can mend is one message on standard error and exit code 1.</summary>
internal static class MigrationsCommand
{
    // An orderly stop of the server has 10 s, an immediate one 5; the parser's own patience must be longer.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = SchemaCommands.MigratingByDefault(new RootCommand("Keeps what SOS stands on: its database's schema and partitions, a private PostgreSQL server where there is no other, and the dashboards and alerts in SigNoz.")
        {
            SchemaCommands.Migrate(),
            SchemaCommands.Status(),
            SchemaCommands.Partitions(),
            SecretsCommand.Create(),
            PostgresCommand.Create(),
            SigNozCommand.Create(),
        });
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StopTimeout };
        try
        {
            return await root.Parse(arguments).InvokeAsync(configuration, CancellationToken.None);
        }
        catch (Exception error) when (error is MigrationException or EmbeddedPostgresException or NpgsqlException or SecretException or SigNozException or ArgumentOutOfRangeException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped before it was done.");
            return 1;
        }
    }
}
