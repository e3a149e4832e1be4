using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Sos.ServiceDefaults;
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
        Platform.AddDataSource(builder, connectionName, serviceKey: null, () => ConnectionString(builder.Configuration, connectionName, settings), Configure(settings, configureDataSourceBuilder));
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
        Platform.AddDataSource(builder, connectionName, serviceKey, () => ConnectionString(builder.Configuration, connectionName, settings), Configure(settings, configureDataSourceBuilder));
    }

    static NpgsqlSettings Read(IConfiguration configuration, string connectionName)
    {
        var settings = new NpgsqlSettings();
        configuration.GetSection("Aspire:Npgsql").Bind(settings);
        configuration.GetSection($"Aspire:Npgsql:{connectionName}").Bind(settings);
        return settings;
    }

    static string ConnectionString(IConfiguration configuration, string connectionName, NpgsqlSettings settings)
    {
        var connectionString = configuration.GetConnectionString(connectionName);
        if (string.IsNullOrWhiteSpace(connectionString))
            connectionString = settings.ConnectionString;
        return !string.IsNullOrWhiteSpace(connectionString) ? connectionString : throw new InvalidOperationException(
            $"No connection string for the database \"{connectionName}\". Set ConnectionStrings__{connectionName}, for example to \"Host=localhost;Username=sos;Password=…;Database=sos\".");
    }

    static Action<NpgsqlDataSourceBuilder> Configure(NpgsqlSettings settings, Action<NpgsqlDataSourceBuilder>? configure) => source =>
    {
        source.ConfigureTracing(tracing => SqlSpans.Configure(tracing, settings.DisableTracing));
        configure?.Invoke(source);
    };

    static void AddHealthCheck(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DatabaseHealthCheck>();
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "database", sp => sp.GetRequiredService<DatabaseHealthCheck>(), HealthStatus.Unhealthy, ["ready"], TimeSpan.FromSeconds(3)));
    }
}
