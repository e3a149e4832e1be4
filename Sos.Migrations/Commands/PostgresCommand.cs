using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sos.Migrations.Embedded;

namespace Sos.Migrations.Commands;

/// <summary>The <c>postgres</c> command: the private server in the foreground.</summary>
internal static class PostgresCommand
{
    private static readonly Option<string> Name = new("--name", "-n")
    {
        Description = "The instance's name; each has its own folder, password and port",
        DefaultValueFactory = _ => "default",
    };

    private static readonly Option<string?> Data = new("--data", "-d")
    {
        Description = "The folder that holds the instances. Default: SOS_DATA, else ~/.sos (for root /var/lib/sos)",
        HelpName = "folder",
    };

    private static readonly Option<int> Port = new("--port", "-p")
    {
        Description = "The TCP port on 127.0.0.1, or 0 for any free one",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<bool> ShowPassword = new("--show-password")
    {
        Description = "Print the connection string with its password instead of the files that hold them",
    };

    private static readonly Option<bool> Temporary = new("--temporary")
    {
        Description = "Remove the instance's folder at the end, however that comes; commits do not wait for the disk",
    };

    private static readonly Option<string?> ConnectionFile = new("--connection-file")
    {
        Description = "Write the connection string to this file, too, once the server is ready; removed when it stops",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new Command("postgres", "Runs SOS's private PostgreSQL server until Ctrl+C (or SIGTERM) and prints how to connect. Binaries come from SOS_POSTGRES_BIN, PATH, the usual folders, or npm.")
        {
            Name, Data, Port, Temporary, ShowPassword, ConnectionFile,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new EmbeddedPostgresOptions
        {
            Name = parsed.GetValue(Name)!,
            DataRoot = parsed.GetValue(Data),
            Port = parsed.GetValue(Port),
            Ephemeral = parsed.GetValue(Temporary),
            Durable = !parsed.GetValue(Temporary),
        };
        var output = parsed.InvocationConfiguration.Output;
        using var host = MigrationsHost.CreateBuilder().Build();
        await host.StartAsync(cancellationToken);
        try
        {
            var logger = host.Services.GetRequiredService<ILogger<EmbeddedPostgres>>();
            await using var server = await EmbeddedPostgres.StartAsync(options, logger, cancellationToken);
            await output.WriteLineAsync(Describe(server, parsed.GetValue(ShowPassword)));
            await output.FlushAsync(cancellationToken);
            var copy = parsed.GetValue(ConnectionFile);
            if (copy is not null)
                InstanceFolder.WritePrivate(copy, server.ConnectionString);
            var stopped = Task.Delay(Timeout.Infinite, cancellationToken);
            var first = await Task.WhenAny(stopped, server.Ended);
            if (File.Exists(copy)) // its folder may be gone with whoever asked for it
                File.Delete(copy);
            if (first == stopped)
                return 0;
            throw new EmbeddedPostgresException($"PostgreSQL ended by itself (exit code {await server.Ended}); its messages are in {server.LogFile}.");
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static string Describe(EmbeddedPostgres server, bool showPassword)
    {
        var connection = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        if (!showPassword)
            connection.Remove("Password");
        return $"""
            PostgreSQL {server.ServerVersion} is ready.
              Connection         {connection.ConnectionString}
              Password           {(showPassword ? "in the line above" : server.PasswordFile)}
              Connection string  {server.ConnectionStringFile}
              Data               {server.DataFolder}
              Process            {server.ProcessId}
            Ctrl+C stops it.
            """;
    }
}
