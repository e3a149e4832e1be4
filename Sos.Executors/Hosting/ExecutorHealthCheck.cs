using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sos.Executors.Engine;

namespace Sos.Executors.Hosting;

/// <summary>Ready once the executor is in the registry and claims work.</summary>
internal sealed class ExecutorHealthCheck(ExecutorService executor) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(executor.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The executor does not take work."));
}
