using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Sos.Executors.Secrets;

namespace Sos.Executors.Credentials;

/// <summary>Registers what gives credentials to nodes, and what keeps secrets out of telemetry.</summary>
internal static class CredentialServices
{
    /// <summary>Adds <see cref="CredentialAccess"/>; needs the executor's stores.</summary>
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.TryAddSingleton<OAuthTokens>();
        services.TryAddSingleton<CredentialAccess>();
        services.TryAddSingleton<CredentialSignIns>();
        services.TryAddSingleton<CredentialTest>();
        services.TryAddSingleton<PostgresProbe>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<BaseProcessor<System.Diagnostics.Activity>, SpanScrubber>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<BaseProcessor<LogRecord>, LogScrubber>());
        return services;
    }
}
