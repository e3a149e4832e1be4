using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Sos.Workflows.Executions;
using Sos.Workflows.Schedules;
using Sos.Workflows.Telemetry;

namespace Sos.Workflows.Store;

/// <summary>
/// The schedules whose time has come, and how executors run them. One transaction locks a due row, inserts the
/// executions and moves the row on to its next time, so that whoever dies when, each time is run once. Executors that
/// compete pass over each other's locked rows. The executions' idempotency key, made of schedule and time, is a second
/// wall: no time is run twice even where a schedule was changed to come by it again.
/// </summary>
public sealed class DueSchedules(NpgsqlDataSource dataSource)
{
    /// <summary>How long a schedule that this executor can't run is left to the others.</summary>
    public static readonly TimeSpan PutAsideFor = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan WhileOthersRun = TimeSpan.FromSeconds(1);

    private static readonly ScheduleStop FiringFailed =
        new("firing_failed", "Its execution could not be started because of a fault in the executor, whose log says more. Save the schedule to try again.");

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> putAside = new();

    /// <summary>Runs the schedule that has been due for longest.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="cancellationToken">Gives up; nothing has happened then, or all of it.</param>
    /// <returns>What was done; null where nothing is due that nobody else is running and this executor can run.</returns>
    public async Task<ScheduleTurn?> RunNextAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        DueSchedule? due = null;
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            due = await LockAsync(connection, transaction, now, cancellationToken);
            return due is null ? null : await RunAsync(connection, transaction, due, now, cancellationToken);
        }
        catch (PostgresException e) when (due is not null && DatabaseRetry.IsFaultOfData(e))
        {
            // It would fail the same way again and again, and keep the others from their turn.
            return await DisableAsync(due, FiringFailed, now, cancellationToken) with { Failure = e };
        }
    }

    /// <summary>How long until the next schedule is due; null when none is to come.</summary>
    public async Task<TimeSpan?> UntilNextAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        // One that is due now is locked by another executor; it is looked at again in case that one dies.
        await using var command = dataSource.CreateCommand("""
            select (select min(next_run_at) from schedules where next_run_at > $1), exists (select from schedules where next_run_at <= $1 and id <> all ($2))
            """);
        command.Parameters.AddWithValue(now.UtcDateTime);
        command.Parameters.AddWithValue(PutAside(now));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var next = reader.TimeOrNull(0) - now;
        return reader.GetBoolean(1) && !(next < WhileOthersRun) ? WhileOthersRun : next;
    }

    private async Task<DueSchedule?> LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var locking = new NpgsqlCommand("""
            select id from schedules where next_run_at <= $1 and id <> all ($2) order by next_run_at limit 1 for update skip locked
            """, connection, transaction);
        locking.Parameters.AddWithValue(now.UtcDateTime);
        locking.Parameters.AddWithValue(PutAside(now));
        if (await locking.ExecuteScalarAsync(cancellationToken) is not Guid id)
            return null;
        // What else is needed is read behind the lock, by a statement of its own: the first one sees of other tables what
        // was there when it began, and not the execution that whoever held the lock before has started.
        await using var command = new NpgsqlCommand("""
            select s.id, s.workspace_id, w.organization_id, s.user_id, s.name, s.workflow_id, s.version, s.cron, s.time_zone, s.input, s.misfire_policy,
                   s.overlap_policy = 'skip', s.starts_at, s.ends_at, s.next_run_at, f.name, v.id, v.version, v.definition -> 'inputSchema',
                   s.overlap_policy = 'skip' and exists (
                     select from workflow_executions e where e.id = s.last_execution_id and e.status not in ('completed', 'failed', 'cancelled'))
            from schedules s
            join workspaces w on w.id = s.workspace_id
            left join workflows f on f.id = s.workflow_id and f.workspace_id = s.workspace_id and f.deleted_at is null
            left join workflow_versions v on v.workflow_id = f.id and v.version = coalesce(s.version, f.latest_version)
            where s.id = $1
            """, connection, transaction);
        command.Parameters.AddWithValue(id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? DueSchedule.Read(reader) : null;
    }

    private async Task<ScheduleTurn> RunAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, DueSchedule due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!TryPlan(due, now, out var plan, out var turn))
        {
            await transaction.RollbackAsync(cancellationToken);
            if (turn.Stop is { } stop)
                return await DisableAsync(due, stop, now, cancellationToken);
            putAside[due.Id] = now + PutAsideFor;
            return turn;
        }
        var run = due.StillRuns ? [] : due.SkipsOverlaps ? plan.Run.TakeLast(1).ToArray() : [.. plan.Run];
        var missed = plan.Missed + plan.Run.Count - run.Length;
        var spans = Array.ConvertAll(run is [] ? [due.NextRunAt] : run, at => StartSpan(due, at, now, missed));
        try
        {
            var submissions = run.Select((at, i) => Submission(due, at, missed, spans[i])).ToArray();
            await WriteAsync(connection, transaction, due, plan.Next, submissions, missed, spans[0], cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            for (var i = 0; i < submissions.Length; i++)
                spans[i]?.SetTag(Attributes.WorkflowExecutionId, submissions[i].Id.ToString());
            return new ScheduleTurn(due.Id, run.Length, null);
        }
        catch (Exception e)
        {
            foreach (var span in spans)
                span?.SetFailure("schedule_not_run", e.Message, e.GetType().FullName);
            throw;
        }
        finally
        {
            foreach (var span in spans)
                span?.Dispose();
        }
    }

    /// <summary>The schedules that this executor leaves to the others for now.</summary>
    private Guid[] PutAside(DateTimeOffset now)
    {
        foreach (var entry in putAside)
        {
            if (entry.Value <= now)
                putAside.TryRemove(entry);
        }
        return [.. putAside.Keys];
    }

    /// <summary>Decides which times are run; or why none can be, by anybody or by this executor.</summary>
    private static bool TryPlan(DueSchedule due, DateTimeOffset now, [NotNullWhen(true)] out DueTimes? plan, [NotNullWhen(false)] out ScheduleTurn? turn)
    {
        (plan, turn) = (null, null);
        try
        {
            if (due.Check() is { } stop)
            {
                turn = new ScheduleTurn(due.Id, 0, stop);
                return false;
            }
            if (due.Times(out var problem) is { } times)
            {
                plan = DueTimes.Of(times, due.NextRunAt, now, due.MisfirePolicy);
                return true;
            }
            turn = new ScheduleTurn(due.Id, 0, null) { PutAside = problem };
            return false;
        }
#pragma warning disable CA1031 // one schedule must not keep the others from their turn; the loop logs it
        catch (Exception e) when (e is not (OutOfMemoryException or InsufficientExecutionStackException))
#pragma warning restore CA1031
        {
            turn = new ScheduleTurn(due.Id, 0, null) { PutAside = e.Message, Failure = e };
            return false;
        }
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DueSchedule due, DateTimeOffset? next, ExecutionSubmission[] submissions, int missed, Activity? span,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        Add("select set_config('sos.workspace_id', $1, true)").With(due.WorkspaceId.ToString());
        if (submissions.Length > 0)
        {
            Add($"""
                with accepted as (
                  {ExecutionInsert.Of()}, trigger
                ), logged as (
                  {ExecutionInsert.Event(TriggerEventTypes.ScheduleFired, "trigger")}
                )
                select pg_notify('{NotificationListener.WorkChannel}', '') from accepted limit 1
                """).WithRows(submissions);
        }
        else
        {
            Add($"""
                insert into event_logs (user_id, organization_id, workspace_id, event_type, context, status, trace_id, span_id)
                values ($1, $2, $3, '{TriggerEventTypes.ScheduleSkipped}', jsonb_build_object('type', 'schedule', 'id', $4, 'reason', $5, 'missed', $6), 'completed', $7, $8)
                """)
                .With(due.UserId).With(due.OrganizationId).With(due.WorkspaceId).With(due.Id).With(due.StillRuns ? "overlap" : "misfire").With(missed).WithSpan(span);
        }
        Add("""
            update schedules set next_run_at = $2, last_run_at = coalesce($3, last_run_at),
              last_execution_id = coalesce((select id from workflow_executions where id = $4), last_execution_id)
            where id = $1
            """)
            .With(due.Id).With(next).With(submissions.LastOrDefault()?.Trigger?.ScheduledAt).With(submissions.LastOrDefault()?.Id);
        await batch.ExecuteNonQueryAsync(cancellationToken);

        NpgsqlBatchCommand Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            batch.BatchCommands.Add(command);
            return command;
        }
    }

    private async Task<ScheduleTurn> DisableAsync(DueSchedule due, ScheduleStop stop, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var span = StartSpan(due, due.NextRunAt, now, missed: 0);
        span?.SetFailure(stop.Code, stop.Message);
        await using var batch = dataSource.CreateBatch();
        var disable = new NpgsqlBatchCommand($"""
            with stopped as (
              update schedules set enabled = false, next_run_at = null, disabled_reason = $3 where id = $1 and next_run_at = $2 returning id, user_id, workspace_id)
            insert into event_logs (user_id, organization_id, workspace_id, event_type, context, status, trace_id, span_id)
            select user_id, $4, workspace_id, '{TriggerEventTypes.ScheduleDisabled}', jsonb_build_object('type', 'schedule', 'id', id) || $3, 'failed', $5, $6 from stopped
            """);
        batch.BatchCommands.Add(disable.With(due.Id).With(due.NextRunAt).WithJson(JsonSerializer.Serialize(stop, StoredJson.Default.ScheduleStop)).With(due.OrganizationId).WithSpan(span));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return new ScheduleTurn(due.Id, 0, stop);
    }

    private static Activity? StartSpan(DueSchedule due, DateTimeOffset at, DateTimeOffset now, int missed)
    {
        // Each execution is a trace of its own, whatever the executor is doing.
        var current = Activity.Current;
        Activity.Current = null;
        var span = SosTelemetry.Source.StartActivity(TriggerSpans.ScheduleFire, ActivityKind.Producer);
        Activity.Current = current;
        return span?.SetTag(TriggerSpans.ScheduleId, due.Id.ToString())
            .SetTag(TriggerSpans.ScheduleName, due.Name)
            .SetTag(TriggerSpans.ScheduleDueAt, at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture))
            .SetTag(TriggerSpans.ScheduleDelayMs, (now - at).TotalMilliseconds)
            .SetTag(TriggerSpans.ScheduleMissed, missed)
            .SetTag(Attributes.WorkflowId, due.WorkflowId.ToString())
            .SetTag(Attributes.UserId, due.UserId?.ToString())
            .SetTag(Attributes.WorkspaceId, due.WorkspaceId.ToString())
            .SetTag(Attributes.OrganizationId, due.OrganizationId.ToString());
    }

    private static ExecutionSubmission Submission(DueSchedule due, DateTimeOffset at, int missed, Activity? span) => new()
    {
        WorkspaceId = due.WorkspaceId,
        OrganizationId = due.OrganizationId,
        UserId = due.UserId,
        WorkflowId = due.WorkflowId,
        VersionId = due.VersionId!.Value,
        Version = due.FoundVersion!.Value,
        WorkflowName = due.WorkflowName!,
        Input = due.Input,
        // Keys that clients send hold no space, so that nobody can take this one.
        IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"schedule {due.Id:N} {at.ToUnixTimeSeconds()}"),
        Trigger = new ExecutionTrigger { Type = ExecutionTrigger.Schedule, Id = due.Id, ScheduledAt = at, Missed = missed },
        TraceParent = span?.Id ?? ExecutionSubmission.NewTraceParent(),
    };
}

/// <summary>What became of a schedule that was due.</summary>
/// <param name="ScheduleId">The schedule.</param>
/// <param name="Executions">How many executions it started.</param>
/// <param name="Stop">Why it was disabled; null where it goes on.</param>
public sealed record ScheduleTurn(Guid ScheduleId, int Executions, ScheduleStop? Stop)
{
    /// <summary>Why this executor left it to others for <see cref="DueSchedules.PutAsideFor"/>; null where it did not.</summary>
    public string? PutAside { get; init; }

    /// <summary>What was thrown; null for nothing.</summary>
    public Exception? Failure { get; init; }
}
