namespace Sos.Executors.Engine;

internal sealed partial class ExecutorSession
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Executor {Executor} has {Slots} slots and takes work.")]
    private static partial void LogStarted(ILogger logger, Guid executor, int slots);

    [LoggerMessage(Level = LogLevel.Information, Message = "Executor {Executor} has stopped; {HandedBack} executions went back to the queue unfinished.")]
    private static partial void LogStopped(ILogger logger, Guid executor, int handedBack);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The executor could not sign off ({Reason}); its executions are taken over when its lease expires.")]
    private static partial void LogNotLeft(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Executor {Executor} did not renew its lease in time and was taken for dead; it drops {Executions} executions and starts again under a new id.")]
    private static partial void LogLost(ILogger logger, Guid executor, int executions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Took over from {Executors} executors that were lost with {Executions} executions.")]
    private static partial void LogRecovered(ILogger logger, int executors, int executions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Gave {Executions} executions back that this executor owned without running them.")]
    private static partial void LogGivenBack(ILogger logger, int executions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for the database: {Reason}. Run Sos.Migrations.")]
    private static partial void LogNotMigrated(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is away ({Reason}); trying again.")]
    private static partial void LogDatabaseAway(ILogger logger, string reason);
}
