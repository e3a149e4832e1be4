using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>The executions that schedules and webhooks started.</summary>
public sealed class TriggerHistory(WorkspaceDatabase database)
{
    /// <summary>The latest executions of some schedules and webhooks, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="triggers">The schedules' and webhooks' ids.</param>
    /// <param name="each">How many of each at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<ILookup<Guid, TriggeredRun>> LatestAsync(Guid workspaceId, IEnumerable<Guid> triggers, int each, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select t.id::uuid, e.id, e.status, e.created_at, e.finished_at
            from unnest($2::text[]) as t(id)
            cross join lateral (
              select id, status, created_at, finished_at from workflow_executions
              where workspace_id = $1 and trigger is not null and trigger ->> 'id' = t.id order by id desc limit $3) e
            order by e.id desc
            """)
            .With(workspaceId).With([.. triggers.Select(t => t.ToString())]).With(each);
        var rows = await batch.AllAsync(
            r => (Trigger: r.GetGuid(0), Run: new TriggeredRun(r.GetGuid(1), StatusNames.ToExecutionStatus(r.GetString(2)), r.Time(3), r.TimeOrNull(4))),
            cancellationToken);
        return rows.ToLookup(r => r.Trigger, r => r.Run);
    }
}

/// <summary>An execution that a schedule or a webhook started.</summary>
/// <param name="ExecutionId">The execution.</param>
/// <param name="Status">How far it is.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="FinishedAt">When it ended; null while it has not.</param>
public sealed record TriggeredRun(Guid ExecutionId, ExecutionStatus Status, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);
