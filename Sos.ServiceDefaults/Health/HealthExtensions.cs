using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sos.ServiceDefaults.Health;

namespace Microsoft.Extensions.Hosting;

/// <summary>Health checks and the endpoints that probes ask.</summary>
public static class HealthExtensions
{
    /// <summary>Adds the check <c>self</c> (tag <c>live</c>): the process answers.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (every check), <c>/alive</c> (tag <c>live</c>) and <c>/ready</c> (tag <c>ready</c>, with the
    /// database). They are mapped in every environment, because orchestrators probe them in production: the answer is
    /// 200 or 503 with each check's name and state, and nothing else. They need no sign-in and are never traced.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        Map(app, HealthPaths.Health, _ => true);
        Map(app, HealthPaths.Alive, check => check.Tags.Contains("live"));
        Map(app, HealthPaths.Ready, check => check.Tags.Contains("ready"));
        return app;
    }

    static void Map(IEndpointRouteBuilder app, string path, Func<HealthCheckRegistration, bool> predicate) => app
        .MapHealthChecks(path, new HealthCheckOptions
        {
            Predicate = predicate,
            ResponseWriter = WriteAsync,
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status200OK },
        })
        .ShortCircuit()
        .AllowAnonymous()
        .DisableHttpMetrics()
        .ExcludeFromDescription();

    static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
            json.WriteString(name, entry.Status.ToString());
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
