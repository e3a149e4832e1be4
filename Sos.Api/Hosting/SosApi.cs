using Microsoft.AspNetCore.Connections;
using Sos.Api.Samples;
using Sos.Migrations.Embedded;
using Sos.Workflows.Secrets;

namespace Sos.Api.Hosting;

/// <summary>The program: one of several services where it is given a database, everything in one process where not.</summary>
internal static class SosApi
{
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(args);
            AddLogging(builder.Logging);
            return builder.Configuration.GetConnectionString("sos") is { Length: > 0 }
                ? await RunServiceAsync(builder)
                : await RunSingleProcessAsync(builder);
        }
        catch (Exception e) when (e is StartException or SecretException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task<int> RunServiceAsync(WebApplicationBuilder builder)
    {
        await using var app = ServiceMode.Build(builder);
        try
        {
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartException($"{e.Message} Stop the program that uses it, or start with another address (--urls).");
        }
    }

    private static async Task<int> RunSingleProcessAsync(WebApplicationBuilder builder)
    {
        await using var process = await SingleProcess.StartAsync(builder, new EmbeddedPostgresOptions(), CancellationToken.None);
        var hello = await SampleLoader.FindHelloAsync(process.App.Services, process.Key, CancellationToken.None);
        await Console.Out.WriteLineAsync(StartTable.Of(process, hello));
        await process.App.WaitForShutdownAsync();
        return Environment.ExitCode;
    }

    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System.Net.Http", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        logging.AddFilter("Sos.Migrations", LogLevel.Warning);
    }
}
