using System.Diagnostics;
using Npgsql;

namespace Sos.Benchmarks.Pages;

/// <summary>
/// Lets the nodes of a paused execution change state at a fixed rate, in the tables and with the notifications by which
/// executors tell of it, so that pages alone are measured.
/// </summary>
internal sealed class ChangingNodes(NpgsqlDataSource database, Guid executionId, IReadOnlyList<string> nodes)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    /// <summary>Changes nodes, one after another, in turns of 100 ms.</summary>
    /// <param name="perSecond">How many change per second.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many changed per second in fact.</returns>
    public async Task<double> RunAsync(int perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var turns = new PeriodicTimer(Turn);
        var next = 0;
        while (watch.Elapsed < duration)
        {
            var due = (int)(watch.Elapsed.TotalSeconds * perSecond) - next;
            if (due > 0)
                await ChangeAsync(Enumerable.Range(next, due).ToArray(), cancellationToken);
            next += Math.Max(due, 0);
            await turns.WaitForNextTickAsync(cancellationToken);
        }
        return next / watch.Elapsed.TotalSeconds;
    }

    private async Task ChangeAsync(int[] turns, CancellationToken cancellationToken)
    {
        var changed = turns.DistinctBy(turn => nodes[turn % nodes.Count]).ToArray();
        await using var batch = database.CreateBatch();
        var step = new NpgsqlBatchCommand("""
            insert into execution_steps (execution_id, node_id, workspace_id, type, status, attempt, started_at)
            select $1, c.node, e.workspace_id, 'transform', c.status, 1, now() from unnest($2::text[], $3::text[]) as c (node, status), workflow_executions e where e.id = $1
            on conflict (execution_id, node_id, iteration) do update set status = excluded.status, finished_at = case when excluded.status = 'completed' then now() end
            """);
        step.Parameters.AddWithValue(executionId);
        step.Parameters.AddWithValue(Array.ConvertAll(changed, turn => nodes[turn % nodes.Count]));
        step.Parameters.AddWithValue(Array.ConvertAll(changed, turn => turn / nodes.Count % 2 == 0 ? "running" : "completed"));
        batch.BatchCommands.Add(step);
        var told = new NpgsqlBatchCommand("""
            insert into event_logs (workspace_id, organization_id, execution_id, node_id, iteration, event_type, status)
            select e.workspace_id, e.organization_id, e.id, node, '', 'node_started', 'running' from workflow_executions e, unnest($2::text[]) node where e.id = $1
            """);
        told.Parameters.AddWithValue(executionId);
        told.Parameters.AddWithValue(Array.ConvertAll(changed, turn => nodes[turn % nodes.Count]));
        batch.BatchCommands.Add(told);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select pg_notify('sos_events', '{executionId:N}')"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
