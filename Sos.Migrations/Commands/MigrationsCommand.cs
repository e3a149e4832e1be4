using System.CommandLine;
using Npgsql;
using Sos.Migrations.Embedded;
using Sos.Migrations.Schema;
using Sos.Workflows.Secrets;

namespace Sos.Migrations.Commands;

/// <summary>The program's commands. An error that a person can mend is one message on standard error and exit code 1.</summary>
internal static class MigrationsCommand
{
    // An orderly stop of the server has 10 s, an immediate one 5; the parser's own patience must be longer.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = SchemaCommands.MigratingByDefault(new RootCommand("Keeps SOS's database: its schema, its partitions, and a private PostgreSQL server where there is no other.")
        {
            SchemaCommands.Migrate(),
            SchemaCommands.Status(),
            SchemaCommands.Partitions(),
            SecretsCommand.Create(),
            PostgresCommand.Create(),
        });
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StopTimeout };
        try
        {
            return await root.Parse(arguments).InvokeAsync(configuration, CancellationToken.None);
        }
        catch (Exception error) when (error is MigrationException or EmbeddedPostgresException or NpgsqlException or SecretException or ArgumentOutOfRangeException)
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
