using System.Text.Json;
using Npgsql;
using Sos.Workflows.Schedules;

namespace Sos.Workflows.Store;

/// <summary>A workspace's schedules, as people manage them.</summary>
public sealed class ScheduleStore(WorkspaceDatabase database)
{
    /// <summary>How many schedules a workspace may have.</summary>
    public const int MaxSchedules = 1_000;

    private const string Columns = """
        id, name, workflow_id, version, cron, time_zone, input, misfire_policy, overlap_policy, starts_at, ends_at,
        enabled, disabled_reason, next_run_at, last_run_at, last_execution_id, created_at, updated_at
        """;

    private const string Context = "jsonb_build_object('id', id, 'name', name, 'workflowId', workflow_id, 'cron', cron, 'timeZone', time_zone, 'enabled', enabled)";

    private const string TellExecutors = $"select pg_notify('{NotificationListener.SchedulesChannel}', '')";

    /// <summary>Saves a new schedule.</summary>
    public async Task<SaveScheduleResult> CreateAsync(KeyHolder who, ScheduleDraft draft, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        Values(batch.Add($"""
            with changed as (
              insert into schedules (id, workspace_id, name, workflow_id, version, cron, time_zone, input, misfire_policy, overlap_policy, starts_at, ends_at, enabled, next_run_at, user_id)
              select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
              where (select count(*) from schedules where workspace_id = $2) < {MaxSchedules}
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("schedule_created", Context, 15)}
            )
            select {Columns} from changed
            """).With(Guid.CreateVersion7()).With(who.WorkspaceId), draft).By(who);
        batch.Add(TellExecutors);
        return await batch.FirstAsync(Read, cancellationToken) is { } schedule ? new SaveScheduleResult.Saved(schedule) : new SaveScheduleResult.TooMany();
    }

    /// <summary>Replaces a schedule. It goes on with the new times from now; those that it missed are forgotten.</summary>
    public async Task<SaveScheduleResult> UpdateAsync(KeyHolder who, Guid id, ScheduleDraft draft, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        Values(batch.Add($"""
            with changed as (
              update schedules set name = $3, workflow_id = $4, version = $5, cron = $6, time_zone = $7, input = $8, misfire_policy = $9, overlap_policy = $10,
                starts_at = $11, ends_at = $12, enabled = $13, next_run_at = $14, user_id = $15, disabled_reason = null, updated_at = now()
              where id = $1 and workspace_id = $2
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("schedule_updated", Context, 15)}
            )
            select {Columns} from changed
            """).With(id).With(who.WorkspaceId), draft).By(who);
        batch.Add(TellExecutors);
        return await batch.FirstAsync(Read, cancellationToken) is { } schedule ? new SaveScheduleResult.Saved(schedule) : new SaveScheduleResult.NotFound();
    }

    /// <summary>A schedule; null where there is none.</summary>
    public Task<Schedule?> GetAsync(Guid workspaceId, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from schedules where id = $1").With(id);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>The schedules of a workspace, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflowId">Only those of this workflow; null for all.</param>
    /// <param name="before">Only schedules older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<Schedule>> ListAsync(Guid workspaceId, Guid? workflowId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {Columns} from schedules
            where workspace_id = $1 and ($2::uuid is null or workflow_id = $2) and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit $4
            """)
            .With(workspaceId).With(workflowId).With(before).With(limit);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Deletes a schedule; its executions stay.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from schedules where id = $1 and workspace_id = $2 returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("schedule_deleted", Context, 3)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    /// <summary>Adds what was given; the caller's user, whom <see cref="AuditEvent.By"/> adds first, saves the schedule.</summary>
    private static NpgsqlBatchCommand Values(NpgsqlBatchCommand command, ScheduleDraft draft)
    {
        var input = draft.Input;
        return command.With(input.Name).With(input.WorkflowId).With(input.Version).With(input.Cron).With(input.TimeZone).WithJson(Jsonb.Text(input.Input))
            .With(input.MisfirePolicy).With(input.OverlapPolicy).With(input.StartsAt).With(input.EndsAt).With(input.Enabled, NpgsqlTypes.NpgsqlDbType.Boolean).With(draft.NextRunAt);
    }

    private static Schedule Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        WorkflowId = reader.GetGuid(2),
        Version = reader.IntOrNull(3),
        Cron = reader.GetString(4),
        TimeZone = reader.GetString(5),
        Input = Jsonb.Read(reader, 6)!.Value,
        MisfirePolicy = reader.GetString(7),
        OverlapPolicy = reader.GetString(8),
        StartsAt = reader.TimeOrNull(9),
        EndsAt = reader.TimeOrNull(10),
        Enabled = reader.GetBoolean(11),
        DisabledReason = reader.IsDBNull(12) ? null : JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(12), StoredJson.Default.ScheduleStop),
        NextRunAt = reader.TimeOrNull(13),
        LastRunAt = reader.TimeOrNull(14),
        LastExecutionId = reader.GuidOrNull(15),
        CreatedAt = reader.Time(16),
        UpdatedAt = reader.Time(17),
    };
}
