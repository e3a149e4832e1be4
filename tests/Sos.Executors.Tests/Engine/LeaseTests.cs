using Microsoft.Extensions.Hosting;
using Sos.Executors.Nodes;

namespace Sos.Executors.Tests.Engine;

/// <summary>What happens to executions when executors stop, freeze, or come back.</summary>
public sealed class LeaseTests
{
    [Fact]
    public async Task An_executor_that_is_stopped_lets_running_nodes_finish_and_leaves_nothing_leased()
    {
        var (gated, gate) = TestNode.Gated();
        await using var engine = await EngineHost.CreateAsync(gated);
        var first = await engine.StartExecutorAsync();
        var id = await engine.StartAsync(TwoGates);
        await gate.ArrivedAsync("a");

        var stopping = first.StopAsync();
        gate.Open("a");
        await stopping;

        var row = await engine.ReadAsync(id);
        Assert.Equal(("pending", null), (row.Status, row.LeaseOwner));
        Assert.Equal(0, await engine.Database.QueryAsync<long>("select count(*) from executors"));
        Assert.Equal("completed", (await engine.StepsAsync(id)).Single(s => s.NodeId == "a").Status);

        gate.Open();
        await engine.StartExecutorAsync();
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
        Assert.Equal(["a", "b"], gated.Calls);
    }

    [Fact]
    public async Task A_node_that_outlasts_the_grace_period_runs_again_elsewhere_under_the_same_idempotency_key()
    {
        var keys = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = new TestNode("gated", async (context, cancellationToken) =>
        {
            keys.Enqueue(context.IdempotencyKey);
            if (keys.Count > 1)
                return new NodeOutcome.Completed(context.Config);
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("Not reached.");
        });
        await using var engine = await EngineHost.CreateAsync(slow);
        var first = await engine.StartExecutorAsync(o => o.StopGrace = TimeSpan.Zero);
        var id = await engine.StartAsync("""{ "name": "slow", "nodes": [ { "id": "a", "type": "gated" } ] }""");
        await arrived.Task;
        await first.StopAsync();
        Assert.Equal("pending", (await engine.ReadAsync(id)).Status);

        await engine.StartExecutorAsync();
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
        Assert.Equal([$"{id}/a", $"{id}/a"], keys);
    }

    [Fact]
    public async Task An_executor_that_was_taken_for_dead_writes_nothing_more_and_starts_again_under_a_new_id()
    {
        var (gated, gate) = TestNode.Gated();
        await using var engine = await EngineHost.CreateAsync(gated);
        await engine.StartExecutorAsync();
        var id = await engine.StartAsync("""{ "name": "z", "nodes": [ { "id": "a", "type": "gated", "config": { "value": "zombie" } } ] }""");
        await gate.ArrivedAsync("a");
        var executor = await engine.Database.QueryAsync<Guid>("select id from executors");

        // Another executor would do this when the lease has expired.
        await engine.Database.ExecuteAsync("delete from executors");
        await engine.Database.ExecuteAsync("""
            update workflow_executions set status = 'completed', lease_owner = null, lease_epoch = lease_epoch + 1, output = '"other"', finished_at = now()
            """);
        gate.Open();

        await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>($"select count(*) from executors where id <> '{executor}'") == 1);
        var row = await engine.ReadAsync(id);
        Assert.Equal(("completed", "other", 0), (row.Status, row.Output!.Value.GetString(), row.Checkpoints));
        Assert.DoesNotContain(await engine.StepsAsync(id), s => s.Status == "completed");
    }

    [Fact]
    public async Task An_expired_lease_is_taken_over_and_finished_nodes_do_not_run_again()
    {
        var (gated, gate) = TestNode.Gated();
        await using var engine = await EngineHost.CreateAsync(gated);
        gate.Open("a");
        var id = await engine.StartAsync(TwoGates);
        // A dead executor's leavings: it had finished a and was in the middle of b.
        var dead = Guid.CreateVersion7();
        await engine.Database.ExecuteAsync($"""
            insert into executors (id, name, version, slots, lease_until) values ('{dead}', 'dead', '0', 1, now() - interval '1 second');
            update workflow_executions set status = 'running', lease_owner = '{dead}', lease_epoch = 1, checkpoint_seq = 1, started_at = now() where id = '{id}';
            insert into execution_steps (execution_id, node_id, workspace_id, type, status, attempt, output, started_at, finished_at)
            values ('{id}', 'a', '{engine.Workspace}', 'gated', 'completed', 1, '"from before"', now(), now()),
                   ('{id}', 'b', '{engine.Workspace}', 'gated', 'running', 1, null, now(), null);
            """);
        await engine.StartExecutorAsync();
        await gate.ArrivedAsync("b");
        gate.Open();
        var row = await engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
        Assert.Equal(["b"], gated.Calls);
        Assert.Equal(2, row.Epoch);
        Assert.Contains(await engine.EventsAsync(id), e => e.Type == "workflow_resumed");
    }

    [Fact]
    public async Task An_execution_that_keeps_losing_its_executors_is_failed()
    {
        var (gated, _) = TestNode.Gated();
        await using var engine = await EngineHost.CreateAsync(gated);
        var id = await engine.StartAsync(TwoGates);
        await engine.Database.ExecuteAsync("update workflow_executions set lost_leases = 5, lease_epoch = 5");
        await engine.StartExecutorAsync();
        var row = await engine.EndAsync(id);
        Assert.Equal(("failed", "poisoned"), (row.Status, row.ErrorCode));
        Assert.Empty(gated.Calls);
    }

    [Fact]
    public async Task A_foreach_goes_on_where_it_was()
    {
        var echo = TestNode.Echo();
        await using var engine = await EngineHost.CreateAsync(echo);
        var id = await engine.StartAsync("""
            { "name": "each", "nodes": [ { "id": "each", "type": "foreach", "config": { "items": "{{ input }}",
                "body": { "nodes": [ { "id": "work", "type": "echo", "config": { "value": "{{ item }}" } } ], "output": "{{ steps.work.value }}" } } } ],
              "output": "{{ steps.each.results }}" }
            """, "[10, 20, 30]");
        await engine.Database.ExecuteAsync($$"""
            update workflow_executions set lease_epoch = 1, checkpoint_seq = 2, started_at = now();
            insert into execution_steps (execution_id, node_id, iteration, workspace_id, type, status, attempt, output, state, started_at)
            values ('{{id}}', 'each', '', '{{engine.Workspace}}', 'foreach', 'running', 1, null, '{"items": [1, 2, 3], "maxConcurrency": 2, "continueOnError": false}', now()),
                   ('{{id}}', 'work', '1', '{{engine.Workspace}}', 'echo', 'completed', 1, '{"value": "kept"}', null, now()),
                   ('{{id}}', 'work', '0', '{{engine.Workspace}}', 'echo', 'running', 1, null, null, now());
            """);
        await engine.StartExecutorAsync();
        var row = await engine.EndAsync(id);
        Assert.Equal("""[1, "kept", 3]""", row.Output?.GetRawText());
        Assert.Equal(["work[0]", "work[2]"], echo.Calls.Order());
    }

    [Fact]
    public async Task An_exclusive_executor_takes_over_at_once()
    {
        await using var engine = await EngineHost.CreateAsync();
        var id = await engine.StartAsync("""{ "name": "q", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        var dead = Guid.CreateVersion7();
        await engine.Database.ExecuteAsync($"""
            insert into executors (id, name, version, slots, lease_until) values ('{dead}', 'dead', '0', 1, now() + interval '1 hour');
            update workflow_executions set status = 'running', lease_owner = '{dead}', lease_epoch = 1, started_at = now();
            """);
        await engine.StartExecutorAsync(o => o.Exclusive = true);
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
    }

    [Fact]
    public async Task Executions_that_rest_and_wake_all_the_time_are_claimed_and_ended_once()
    {
        await using var engine = await EngineHost.CreateAsync();
        for (var i = 0; i < 2; i++)
            await engine.StartExecutorAsync(o => { o.StayAwake = TimeSpan.Zero; o.Slots = 8; });
        var workflow = await engine.SaveAsync(System.Text.Json.JsonSerializer.Serialize(new
        {
            name = "naps",
            nodes = Enumerable.Range(0, 4).Select(i => new { id = $"n{i}", type = "wait", config = new { duration = "20ms" } }),
            edges = Enumerable.Range(1, 3).Select(i => new { from = $"n{i - 1}", to = $"n{i}" }),
        }));
        var ids = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => engine.SubmitAsync(workflow)));
        foreach (var id in ids)
        {
            Assert.Equal("completed", (await engine.EndAsync(id)).Status);
            Assert.Single(await engine.EventsAsync(id), e => e.Type == "workflow_completed");
        }
    }

    private const string TwoGates = """
        { "name": "two", "nodes": [ { "id": "a", "type": "gated" }, { "id": "b", "type": "gated" } ], "edges": [ { "from": "a", "to": "b" } ] }
        """;
}
