using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Sos.ServiceDefaults.Database;

/// <summary>
/// Asks the database <c>SELECT 1</c>, within two seconds. Probes that come while an answer is awaited share it, so
/// that nobody can load the database through the health endpoints.
/// </summary>
sealed class DatabaseHealthCheck(NpgsqlDataSource database, TimeProvider time) : IHealthCheck
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    Task<HealthCheckResult> _asking = Task.FromResult(HealthCheckResult.Healthy());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_asking.IsCompleted)
                _asking = AskAsync();
            return _asking.WaitAsync(cancellationToken);
        }
    }

    async Task<HealthCheckResult> AskAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            await using var command = database.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(limit.Token).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException or InvalidOperationException)
        {
            // The exception goes to the log, never to the answer.
            return HealthCheckResult.Unhealthy(e is OperationCanceledException ? "The database did not answer within two seconds." : "The database can't be reached.", e);
        }
    }
}
