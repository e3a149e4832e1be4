using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;
using Sos.Workflows.Models;
using Sos.Workflows.Telemetry;

namespace Sos.Workflows.Store;

/// <summary>
/// Holds model calls against budgets, in one round trip per call. Of calls that are under way it knows what the question
/// tells; a budget can be exceeded by those of other processes.
/// </summary>
public sealed class BudgetGuard(NpgsqlDataSource dataSource, TimeProvider time)
{
    // A histogram, because a gauge would go on telling yesterday's value until somebody calls a model again.
    private static readonly Histogram<double> Used = SosTelemetry.Meter.CreateHistogram(
        MetricNames.BudgetUsed, "1", "How much of a budget was used when a model call was held against it.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 1] });

    /// <summary>
    /// Whether a call may be made. A run is an execution with all that its <c>workflow</c> nodes started: for the
    /// workspace's budget the outermost one, for a workflow's budget the outermost one of that workflow. Days and months
    /// are UTC's; a workflow's counts the calls of its own nodes.
    /// </summary>
    /// <returns>The first budget that the call would exceed, or null where it may be made.</returns>
    public async Task<BudgetRefusal?> CheckAsync(BudgetQuestion question, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            with recursive
            -- The way from the execution up to the one that nothing started.
            path as (
              select id, parent_execution_id, workflow_id, 0 as height
              from workflow_executions
              where id = $3 and workspace_id = $1 and exists (select from budgets where workspace_id = $1 and period = 'run')
              union all
              select e.id, e.parent_execution_id, e.workflow_id, path.height + 1
              from path join workflow_executions e on e.id = path.parent_execution_id and e.workspace_id = $1
              where path.height < 100
            ),
            budget as (
              select b.id, b.period, b.workflow_id, b.limit_usd,
                     (select p.id from path p where b.workflow_id is null or p.workflow_id = b.workflow_id order by p.height desc limit 1) as run
              from budgets b
              where b.workspace_id = $1
                and (b.workflow_id is null or b.workflow_id = $2
                     or b.period = 'run' and b.workflow_id in (select workflow_id from path))
            ),
            tree as (
              select b.id as budget, e.id, e.cost_usd, 0 as depth
              from budget b join workflow_executions e on e.id = b.run
              where b.period = 'run'
              union all
              select tree.budget, e.id, e.cost_usd, tree.depth + 1
              from tree join workflow_executions e on e.parent_execution_id = tree.id and e.workspace_id = $1
              where tree.depth < 100
            )
            select b.period, b.workflow_id is null, b.limit_usd,
                   coalesce(case when b.period = 'run' then (
                       select sum(t.cost_usd + coalesce(u.usd, 0))
                       from tree t left join unnest($5::uuid[], $6::numeric[]) as u(id, usd) on u.id = t.id
                       where t.budget = b.id)
                     else (select sum(s.cost_usd) from model_spend s
                           where s.workspace_id = $1 and (b.workflow_id is null or s.workflow_id = b.workflow_id)
                             and s.day between case b.period when 'month' then date_trunc('month', $4::timestamp)::date else $4 end and $4)
                     end, 0)
            from budget b
            order by array_position(array['run', 'day', 'month'], b.period), b.workflow_id nulls last
            """);
        command.Parameters.AddWithValue(question.WorkspaceId);
        command.Parameters.AddWithValue(question.WorkflowId);
        command.Parameters.AddWithValue(question.ExecutionId);
        command.Parameters.AddWithValue(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        command.Parameters.AddWithValue(question.OthersByExecution.Keys.ToArray());
        command.Parameters.AddWithValue(question.OthersByExecution.Values.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var estimate = Math.Max(0, question.EstimateUsd);
        while (await reader.ReadAsync(cancellationToken))
        {
            var limit = reader.Amount(2);
            // Those of the run are part of what was read.
            var others = reader.GetString(0) == "run" ? 0 : reader.GetBoolean(1) ? question.OthersOfWorkspaceUsd : question.OthersOfWorkflowUsd;
            var spent = reader.Amount(3) + Math.Max(0, question.UncommittedUsd) + Math.Max(0, others);
            Measure(question, reader.GetString(0), reader.GetBoolean(1), spent, limit);
            // What is used up refuses even a call whose cost can't be told beforehand.
            if (spent >= limit || spent + estimate > limit)
                return new BudgetRefusal(reader.GetString(0), reader.GetBoolean(1), limit, spent, estimate);
        }
        return null;
    }

    // Every run has a budget per run to itself, which is soon used up: no news to whoever watches over all of them.
    private static void Measure(BudgetQuestion question, string period, bool wholeWorkspace, decimal spent, decimal limit)
    {
        if (period == "run" || limit <= 0 || !Used.Enabled)
            return;
        var tags = new TagList { { Attributes.WorkspaceId, question.WorkspaceId.ToString() }, { MetricAttributes.Period, period } };
        if (!wholeWorkspace)
            tags.Add(Attributes.WorkflowId, question.WorkflowId.ToString());
        Used.Record((double)(spent / limit), tags);
    }
}
