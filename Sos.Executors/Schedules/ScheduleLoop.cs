using Sos.Executors.Engine;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;

namespace Sos.Executors.Schedules;

/// <summary>
/// Runs schedules when their time comes. All executors do, and compete for each time; between times they sleep until
/// the next one that the database knows of, or until a schedule is changed.
/// </summary>
internal sealed partial class ScheduleLoop(DueSchedules schedules, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// How often to look unasked, in case a notification was missed: well within <see cref="DueTimes.Grace"/>, so that a
    /// time that is noticed only then is late, and not missed.
    /// </summary>
    internal static readonly TimeSpan LongestSleep = DueTimes.Grace / 2;

    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly WakeSignal changed = new();

    /// <summary>A schedule was made or changed, or may have been.</summary>
    public void Wake() => changed.Set();

    /// <summary>Runs schedules until it is told to end.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                while (await schedules.RunNextAsync(time.GetUtcNow(), ending) is { } turn)
                    Report(turn);
                var sleep = await schedules.UntilNextAsync(time.GetUtcNow(), ending) is { } next && next < LongestSleep ? next : LongestSleep;
                await changed.WaitAsync(sleep < ShortestSleep ? ShortestSleep : sleep, time, ending);
            }
#pragma warning disable CA1031 // schedules are tried again, and what runs meanwhile is left alone
            catch (Exception e)
#pragma warning restore CA1031
            {
                // Whatever was under way is committed or is not; the row tells. What fails because it is being
                // interrupted is not worth a word.
                if (ending.IsCancellationRequested)
                    return;
                if (DatabaseRetry.IsTransient(e))
                    LogDatabaseAway(logger, e.Message);
                else
                    LogNotRunning(logger, e);
                await Task.Delay(RetryDelay, time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Report(ScheduleTurn turn)
    {
        if (turn.PutAside is { } reason)
            LogPutAside(logger, turn.Failure, turn.ScheduleId, reason);
        else if (turn.Failure is { } failure)
            LogFailed(logger, failure, turn.ScheduleId);
        else if (turn.Stop is { } stop)
            LogDisabled(logger, turn.ScheduleId, stop.Message);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Schedule {Schedule} was disabled: {Reason}")]
    private static partial void LogDisabled(ILogger logger, Guid schedule, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Schedule {Schedule} was valid when it was saved and can't be run here: {Reason} It is left to other executors, and tried again in a minute. See that this machine has time zone data, and that all executors are of the same version.")]
    private static partial void LogPutAside(ILogger logger, Exception? exception, Guid schedule, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Schedule {Schedule} could not be run and was disabled.")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid schedule);

    [LoggerMessage(Level = LogLevel.Error, Message = "Schedules could not be run; trying again.")]
    private static partial void LogNotRunning(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Schedules wait for the database ({Reason}); trying again.")]
    private static partial void LogDatabaseAway(ILogger logger, string reason);
}
