namespace Sos.ServiceDefaults.Telemetry;

/// <summary>The instrumentation that SOS listens to, by the names that .NET, Npgsql and the AI libraries give theirs.</summary>
static class TelemetrySources
{
    /// <summary>.NET's source of HTTP server spans; <see cref="Spans.ServerSpanAttributes"/> completes them.</summary>
    public const string AspNetCore = "Microsoft.AspNetCore";

    public const string HttpClient = "System.Net.Http";

    public const string Npgsql = "Npgsql";

    public static readonly string[] Traces =
        ["Sos*", AspNetCore, HttpClient, Npgsql, "Experimental.Microsoft.Extensions.AI", "Microsoft.Agents.AI*", "Experimental.ModelContextProtocol*", "ModelContextProtocol*"];

    public static readonly string[] Metrics =
        ["Sos*", "Microsoft.AspNetCore.*", HttpClient, "System.Net.NameResolution", "System.Runtime", Npgsql, "Experimental.Microsoft.Extensions.AI", "Experimental.ModelContextProtocol*"];
}
