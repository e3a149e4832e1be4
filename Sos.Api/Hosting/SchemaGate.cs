using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sos.Api.Problems;

namespace Sos.Api.Hosting;

/// <summary>Whether the database has the schema that this program works with.</summary>
internal sealed class SchemaState
{
    private volatile string? missing = "The database's schema was not checked yet.";

    /// <summary>Why the API can't work yet; null when it can.</summary>
    public string? Missing
    {
        get => missing;
        set => missing = value;
    }
}

/// <summary>Refuses requests until the schema is there, as services start in any order.</summary>
internal sealed class SchemaGate(RequestDelegate next, SchemaState schema)
{
    public Task InvokeAsync(HttpContext context) => schema.Missing is { } missing && context.Request.Path.StartsWithSegments("/api")
        ? ProblemWriter.WriteAsync(context, new ProblemException(StatusCodes.Status503ServiceUnavailable, "schema_not_ready", missing) { RetryAfterSeconds = 1 })
        : next(context);
}

/// <summary>Ready once the schema is.</summary>
internal sealed class SchemaHealthCheck(SchemaState schema) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(schema.Missing is { } missing ? HealthCheckResult.Unhealthy(missing) : HealthCheckResult.Healthy());
}
