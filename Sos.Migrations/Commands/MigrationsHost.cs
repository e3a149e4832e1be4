using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using Sos.Migrations.Partitions;
using Sos.Migrations.Schema;

namespace Sos.Migrations.Commands;

/// <summary>The host that a command runs in: configuration, telemetry, logs on standard error (standard output is the result's).</summary>
internal static class MigrationsHost
{
    /// <summary>The service's name in telemetry.</summary>
    public const string ServiceName = "sos-migrations";

    private const string ConnectionName = "sos";

    /// <summary>A host without a database.</summary>
    public static HostApplicationBuilder CreateBuilder()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.AddServiceDefaults(ServiceName);
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Hosting", LogLevel.Warning);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Npgsql", LogLevel.None); // an error is told once, by the command
        return builder;
    }

    /// <summary>Runs a piece of work with the database; telemetry is flushed before this returns.</summary>
    public static async Task<int> RunAsync(string? connectionString, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken)
    {
        var builder = CreateBuilder();
        if (connectionString is not null)
            builder.Configuration[$"ConnectionStrings:{ConnectionName}"] = connectionString;
        RequireConnectionString(builder.Configuration);
        builder.AddNpgsqlDataSource(ConnectionName);
        builder.Services.AddSingleton(services => new Migrator(
            services.GetRequiredService<NpgsqlDataSource>(),
            builder.Configuration.GetSection(MigratorOptions.Section).Get<MigratorOptions>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<Migrator>>()));
        builder.Services.AddSingleton(services => new ServiceLogins(
            services.GetRequiredService<NpgsqlDataSource>(), builder.Configuration.GetSection(LoginOptions.Section).Get<LoginOptions>()));
        builder.Services.AddSingleton(services => PartitionMaintenanceExtensions.Create(services, services.GetRequiredService<NpgsqlDataSource>()));
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        try
        {
            return await work(host.Services);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static void RequireConnectionString(IConfiguration configuration)
    {
        if (configuration.GetConnectionString(ConnectionName) is not { Length: > 0 } connectionString)
            throw new MigrationException($"""There is no database to work on: give --connection "Host=…;Username=…;Password=…;Database=…", or set ConnectionStrings__{ConnectionName}.""");
        try
        {
            _ = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException error)
        {
            throw new MigrationException($"The connection string is malformed: {error.Message}", error);
        }
    }
}
