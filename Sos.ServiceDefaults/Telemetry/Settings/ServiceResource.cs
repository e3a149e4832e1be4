using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Resources;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// What every span, metric and log record says about the process it came from. <c>OTEL_SERVICE_NAME</c> and
/// <c>OTEL_SERVICE_VERSION</c> go before <c>OTEL_RESOURCE_ATTRIBUTES</c>, which goes before the defaults.
/// </summary>
static class ServiceResource
{
    public static IReadOnlyDictionary<string, string> Read(IConfiguration configuration, IHostEnvironment environment, string? serviceName, List<string> problems)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["service.name"] = string.IsNullOrWhiteSpace(serviceName) ? NameOf(environment.ApplicationName) : serviceName,
            ["service.namespace"] = "sos",
            ["service.version"] = Version(environment.ApplicationName),
            ["service.instance.id"] = Guid.NewGuid().ToString(),
            ["host.name"] = Environment.MachineName,
        };
        AddConfigured(attributes, configuration["OTEL_RESOURCE_ATTRIBUTES"], problems);
        if (configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name)
            attributes["service.name"] = name;
        if (configuration["OTEL_SERVICE_VERSION"] is { Length: > 0 } version)
            attributes["service.version"] = version;

        // SigNoz filters by the attribute's old name, the conventions have a new one: both say the same.
        var deployment = attributes.GetValueOrDefault("deployment.environment.name")
            ?? attributes.GetValueOrDefault("deployment.environment")
            ?? environment.EnvironmentName.ToLowerInvariant();
        attributes.TryAdd("deployment.environment.name", deployment);
        attributes.TryAdd("deployment.environment", deployment);
        return attributes;
    }

    public static ResourceBuilder ToBuilder(IReadOnlyDictionary<string, string> attributes) => ResourceBuilder.CreateEmpty()
        .AddTelemetrySdk()
        .AddAttributes(attributes.Select(a => KeyValuePair.Create(a.Key, (object)a.Value)));

    /// <summary><c>Sos.Api</c> becomes <c>sos-api</c>.</summary>
    static string NameOf(string application) => application.Replace('.', '-').ToLowerInvariant();

    static string Version(string application)
    {
        var assembly = Assembly.GetEntryAssembly();
        if (assembly?.GetName().Name != application)
            assembly = typeof(ServiceResource).Assembly;
        return assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
    }

    static void AddConfigured(Dictionary<string, string> attributes, string? text, List<string> problems)
    {
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals < 1)
                problems.Add("OTEL_RESOURCE_ATTRIBUTES has an entry without \"key=value\"; that entry is ignored.");
            else
                attributes[pair[..equals].Trim()] = Uri.UnescapeDataString(pair[(equals + 1)..].Trim());
        }
    }
}
