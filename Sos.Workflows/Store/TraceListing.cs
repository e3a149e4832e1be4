using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>The traces of a workspace, one row each.</summary>
public sealed class TraceListing(WorkspaceDatabase database)
{
    /// <summary>Traces by their newest execution that no other one started, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="before">Only those whose <see cref="TraceSummary.Id"/> is older; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<TraceSummary>> ListAsync(Guid workspaceId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select r.id, r.trace_id, s.* from (
              select id, trace_id from workflow_executions e
              where workspace_id = $1 and parent_execution_id is null and ($2::uuid is null or id < $2)
                and not exists (select 1 from workflow_executions n where n.trace_id = e.trace_id and n.parent_execution_id is null and n.id > e.id)
              order by id desc limit $3
            ) r cross join lateral (
              select count(*), (array_agg(workflow_name order by id))[1], min(created_at),
                     case when bool_and(finished_at is not null) then max(finished_at) end, sum(cost_usd), array_agg(distinct status)
              from workflow_executions w where w.trace_id = r.trace_id
            ) s order by r.id desc
            """)
            .With(workspaceId).With(before, NpgsqlDbType.Uuid).With(limit);
        return batch.AllAsync(Read, cancellationToken);
    }

    private static TraceSummary Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.Time(4), row.TimeOrNull(5), row.AmountOrNull(6) ?? 0,
        row.GetFieldValue<string[]>(7).Select(StatusNames.ToExecutionStatus).ToHashSet());
}

/// <summary>A trace in a list.</summary>
/// <param name="Id">Its newest execution that no other one started.</param>
/// <param name="TraceId">32 lower-case hexadecimal digits.</param>
/// <param name="Executions">How many executions it has.</param>
/// <param name="WorkflowName">The workflow of the first one.</param>
/// <param name="Began">When that was accepted.</param>
/// <param name="Ended">When the last one ended; null while one has not.</param>
/// <param name="CostUsd">What all model calls have cost in US dollars, as far as prices are known.</param>
/// <param name="Statuses">The statuses that occur.</param>
public sealed record TraceSummary(
    Guid Id, string TraceId, long Executions, string WorkflowName, DateTimeOffset Began, DateTimeOffset? Ended, decimal CostUsd, IReadOnlySet<ExecutionStatus> Statuses);
