using Sos.ServiceDefaults.Telemetry;

namespace Sos.Api.Hosting;

/// <summary>What a person who just started SOS wants to know, in one screen.</summary>
internal static class StartTable
{
    public static string Of(SingleProcess process, Guid? helloId)
    {
        var url = process.Address.Base.ToString().TrimEnd('/');
        var key = process.KeyIsGiven ? "$SOS_API_KEY" : process.Key;
        var destinations = process.App.Services.GetRequiredService<TelemetryDestinations>();
        var version = typeof(StartTable).Assembly.GetName().Version?.ToString(3);
        var command = helloId is { } hello
            ? $"""curl -X POST "{url}/api/v1/workflows/{hello}/executions?wait=10s" -H "X-API-Key: {key}" -H "Content-Type: application/json" -d '{"{"}"input": {"{"}"name": "Ada"{"}"}{"}"}'"""
            : $"""curl "{url}/api/v1/workflows" -H "X-API-Key: {key}" """.TrimEnd();
        return $"""

            SOS {version} is running.

              Open        {url}{process.SignInPath}   (signs in once, within an hour; afterwards {url})
              API         {url}/api/v1   (described at {url}/openapi/v1.json)
              Key         {(process.KeyIsGiven ? "the one in SOS_API_KEY" : process.Key)}
              Data        {process.DataFolder}
              Telemetry   {(destinations.Count == 0 ? "nowhere (set OTEL_EXPORTER_OTLP_ENDPOINT or ConnectionStrings__signoz)" : destinations.ToString())}

              Try         {command}

            """;
    }
}
