using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sos.ServiceDefaults.Database;

namespace Microsoft.Extensions.Hosting;

/// <summary>The database, in the shape of Aspire.Npgsql.</summary>
public static class NpgsqlExtensions
{
    /// <summary>
    /// Registers an <see cref="NpgsqlDataSource"/> (and <see cref="NpgsqlConnection"/>) for
    /// <c>ConnectionStrings:{connectionName}</c>, with a health check (tag <c>ready</c>), traces and metrics.
    /// </summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="connectionName">The name in the section ConnectionStrings.</param>
    /// <param name="configureSettings">Changes the settings that configuration gave.</param>
    /// <param name="configureDataSourceBuilder">Changes the data source before it is built.</param>
    /// <exception cref="InvalidOperationException">Thrown when the data source is first used and configuration has no connection string.</exception>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        var settings = Read(builder.Configuration, connectionName);
        configureSettings?.Invoke(settings);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(services => Build(services, connectionName, settings, configureDataSourceBuilder));
        builder.Services.TryAddTransient(services => services.GetRequiredService<NpgsqlDataSource>().CreateConnection());
        if (!settings.DisableHealthChecks)
            AddHealthCheck(builder.Services);
    }

    /// <summary>
    /// Registers a second <see cref="NpgsqlDataSource"/> on the same database under a key, for a part of the process
    /// that acts as another role. Health is left to the first one.
    /// </summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="serviceKey">The key that the data source is resolved by.</param>
    /// <param name="connectionName">The name in the section ConnectionStrings.</param>
    /// <param name="configureDataSourceBuilder">Changes the data source before it is built.</param>
    public static void AddKeyedNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string serviceKey,
        string connectionName,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceKey);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        var settings = Read(builder.Configuration, connectionName);
        builder.Services.TryAddKeyedSingleton(serviceKey, (services, _) => Build(services, connectionName, settings, configureDataSourceBuilder));
    }

    static NpgsqlSettings Read(IConfiguration configuration, string connectionName)
    {
        var settings = new NpgsqlSettings();
        configuration.GetSection("Aspire:Npgsql").Bind(settings);
        configuration.GetSection($"Aspire:Npgsql:{connectionName}").Bind(settings);
        return settings;
    }

    static NpgsqlDataSource Build(IServiceProvider services, string connectionName, NpgsqlSettings settings, Action<NpgsqlDataSourceBuilder>? configure)
    {
        var connectionString = services.GetRequiredService<IConfiguration>().GetConnectionString(connectionName);
        if (string.IsNullOrWhiteSpace(connectionString))
            connectionString = settings.ConnectionString;
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new InvalidOperationException(
                $"No connection string for the database \"{connectionName}\". Set ConnectionStrings__{connectionName}, for example to \"Host=localhost;Username=sos;Password=…;Database=sos\".");
        var builder = new NpgsqlDataSourceBuilder(connectionString) { Name = connectionName };
        builder.UseLoggerFactory(services.GetRequiredService<ILoggerFactory>());
        builder.ConfigureTracing(tracing => SqlSpans.Configure(tracing, settings.DisableTracing));
        configure?.Invoke(builder);
        return builder.Build();
    }

    static void AddHealthCheck(IServiceCollection services)
    {
        services.TryAddSingleton<DatabaseHealthCheck>();
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "database", sp => sp.GetRequiredService<DatabaseHealthCheck>(), HealthStatus.Unhealthy, ["ready"], TimeSpan.FromSeconds(3)));
    }
}
