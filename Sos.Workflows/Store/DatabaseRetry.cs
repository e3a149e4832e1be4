using System.Net.Sockets;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Sos.Workflows.Store;

/// <summary>
/// Tries a database operation again while the database is restarting, unreachable or asks for it (deadlock,
/// serialization), with growing delays. Only for operations that may be sent twice.
/// </summary>
public sealed class DatabaseRetry
{
    private readonly ResiliencePipeline pipeline;

    /// <summary>Sets the bounds.</summary>
    /// <param name="time">The clock that delays are measured by.</param>
    /// <param name="attempts">How many times to try again; the delays grow from 50 ms to 5 s.</param>
    public DatabaseRetry(TimeProvider time, int attempts)
    {
        pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(IsTransient),
                MaxRetryAttempts = attempts,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(5),
                UseJitter = true,
            })
            .Build();
    }

    /// <summary>Runs the operation until it succeeds, fails for good, or the attempts are used up.</summary>
    public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        pipeline.ExecuteAsync(operation, cancellationToken);

    /// <summary>Whether the same operation may succeed later: connection faults, restarts, deadlocks.</summary>
    public static bool IsTransient(Exception e) => e switch
    {
        PostgresException p => p.IsTransient
            || p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.TooManyConnections,
        NpgsqlException n => n.IsTransient || n.InnerException is SocketException or IOException or TimeoutException,
        SocketException or IOException => true,
        _ => IsLostStep(e),
    };

    /// <summary>
    /// Npgsql's answer to a statement that it holds for prepared and knows no columns of, which is left behind where the
    /// statement's second use on a connection is cancelled or refused between its parsing and its description
    /// (npgsql/npgsql#6391). It has closed the connection by then, so the next one works.
    /// </summary>
    private static bool IsLostStep(Exception e) =>
        e.GetType() == typeof(Exception) && e.Message.StartsWith("Received unexpected backend message ", StringComparison.Ordinal);

    /// <summary>Whether the database refuses the values themselves, and would again: data, constraints, limits.</summary>
    internal static bool IsFaultOfData(PostgresException e) =>
        e.SqlState.StartsWith("22", StringComparison.Ordinal)
        || e.SqlState.StartsWith("23", StringComparison.Ordinal)
        || e.SqlState.StartsWith("54", StringComparison.Ordinal);
}
