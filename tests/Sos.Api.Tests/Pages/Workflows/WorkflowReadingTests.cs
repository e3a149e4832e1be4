using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Pages.Workflows;
using Sos.Api.Tests.Support;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Workflows;

public sealed class WorkflowReadingTests
{
    [Fact]
    public async Task The_list_has_each_workflows_last_run_and_its_runs_by_the_hour()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var quiet = await client.SaveAsync(Definitions.Chain("quiet"));
        var busy = await client.SaveAsync(Definitions.Transform("Busy_50%"));
        await other.StartAsync(await other.SaveAsync(Definitions.Transform("Busy elsewhere")));
        var runs = new List<string>();
        for (var i = 0; i < 4; i++)
            runs.Add(await client.StartAsync(busy));
        await host.Database.ExecuteAsync($"""
            update workflow_executions set status = 'completed', finished_at = now() where id in ('{runs[0]}', '{runs[1]}');
            update workflow_executions set status = 'failed', finished_at = now(), error = '{"{\"code\": \"c\", \"message\": \"m\"}"}' where id = '{runs[2]}'
            """);
        var now = DateTimeOffset.UtcNow.AddSeconds(5);
        var statistics = host.Services.GetRequiredService<WorkflowStatistics>();

        var all = await statistics.ListAsync(client.Workspace, null, null, 10, now, CancellationToken.None);
        Assert.Equal([busy, quiet], all.Select(w => w.Workflow.Id.ToString()));
        Assert.Equal((4, 1, 2, 2 / 3.0), (all[0].Runs, all[0].Failed, all[0].Completed, all[0].SuccessRate));
        Assert.Equal((runs[3], "pending"), (all[0].LastExecutionId.ToString(), all[0].LastStatus));
        Assert.Equal((24, 4, 1), (all[0].RunsByHour.Count, all[0].RunsByHour[23], all[0].FailedByHour[23]));
        Assert.Equal((0, null, null, null), (all[1].Runs, all[1].SuccessRate, all[1].LastExecutionId, all[1].LastStatus));

        // A search takes percent signs and underscores as they are, whatever the case.
        Assert.Equal(busy, Assert.Single(await statistics.ListAsync(client.Workspace, "busy_50%", null, 10, now, CancellationToken.None)).Workflow.Id.ToString());
        Assert.Empty(await statistics.ListAsync(client.Workspace, "b%y", null, 10, now, CancellationToken.None));
        Assert.Equal(quiet, Assert.Single(await statistics.ListAsync(client.Workspace, null, Guid.Parse(busy), 10, now, CancellationToken.None)).Workflow.Id.ToString());
        Assert.Equal("Busy elsewhere", Assert.Single(await statistics.ListAsync(other.Workspace, "busy", null, 10, now, CancellationToken.None)).Workflow.Name);
    }

    [Fact]
    public async Task A_nodes_figures_sum_up_its_steps_and_calls_and_nothing_of_another_workspace()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var workflow = await client.SaveAsync(Definitions.Chain());
        var run = await client.StartAsync(workflow);
        await host.Database.ExecuteAsync($"""
            insert into execution_steps (execution_id, node_id, iteration, workspace_id, type, status, attempt, latency_ms) values
              ('{run}', 'a', '', '{client.Workspace}', 'transform', 'completed', 1, 100),
              ('{run}', 'b', '0', '{client.Workspace}', 'transform', 'completed', 3, 10), ('{run}', 'b', '1', '{client.Workspace}', 'transform', 'failed', 2, 20), ('{run}', 'b', '2', '{client.Workspace}', 'transform', 'running', 1, null),
              ('{run}', 'c', '', '{client.Workspace}', 'transform', 'skipped', 0, null);
            insert into model_cost_logs (id, workspace_id, workflow_execution_id, node_id, model_name, provider, tokens_total, cost_usd) values
              (gen_random_uuid(), '{client.Workspace}', '{run}', 'a', 'm', 'p', 10, 0.5), (gen_random_uuid(), '{client.Workspace}', '{run}', 'a', 'm', 'p', 5, null),
              (gen_random_uuid(), '{other.Workspace}', '{run}', 'a', 'm', 'p', 1000, 100)
            """);
        var statistics = host.Services.GetRequiredService<WorkflowStatistics>();
        var since = DateTimeOffset.UtcNow.AddHours(-1);

        var nodes = (await statistics.NodesAsync(client.Workspace, Guid.Parse(workflow), since, CancellationToken.None)).OrderBy(n => n.NodeId, StringComparer.Ordinal).ToList();
        Assert.Equal(["a", "b"], nodes.Select(n => n.NodeId));
        Assert.Equal((1L, 0L, 0L, 100.0, 100.0, 0.5m, 15L), (nodes[0].Runs, nodes[0].Failed, nodes[0].Retries, nodes[0].P50Ms, nodes[0].P95Ms, nodes[0].CostUsd, nodes[0].Tokens));
        Assert.Equal((2L, 1L, 3L, 15.0, 0.5, null), (nodes[1].Runs, nodes[1].Failed, nodes[1].Retries, nodes[1].P50Ms, nodes[1].FailureRate, nodes[1].CostUsd));
        Assert.Empty(await statistics.NodesAsync(other.Workspace, Guid.Parse(workflow), since, CancellationToken.None));
        Assert.Empty(await statistics.NodesAsync(client.Workspace, Guid.Parse(workflow), DateTimeOffset.UtcNow.AddHours(1), CancellationToken.None));
    }

    [Fact]
    public async Task A_called_workflow_opens_by_name_or_id_and_only_in_its_own_workspace()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var child = await client.SaveAsync(Definitions.Chain("Child"));
        await client.PutAsync($"/workflows/{child}", Definitions.Transform("Child"));
        var graph = JsonSerializer.Deserialize(
            $$"""
            { "nodes": [
              { "id": "name", "type": "workflow", "config": { "workflow": " child " } }, { "id": "id", "type": "workflow", "config": { "workflow": "{{child}}", "version": 1 } },
              { "id": "open", "type": "workflow", "config": { "workflow": "{{"{{"}} input.which {{"}}"}}" } }, { "id": "none", "type": "workflow", "config": { "workflow": "none" } } ] }
            """, DefinitionJson.Default.GraphDefinition)!;
        var catalog = host.Services.GetRequiredService<NodeCatalog>();
        var called = new CalledWorkflows(host.Services.GetRequiredService<WorkflowStore>(), catalog, client.Workspace);

        Assert.Null(called.Find(graph, "name/a"));
        Assert.Single((await called.OpenAsync(graph.Nodes[0], CancellationToken.None))!.Nodes);
        Assert.Equal(3, (await called.OpenAsync(graph.Nodes[1], CancellationToken.None))!.Nodes.Count);
        Assert.Null(await called.OpenAsync(graph.Nodes[2], CancellationToken.None));
        Assert.Null(await called.OpenAsync(graph.Nodes[3], CancellationToken.None));
        Assert.Equal("a", called.Find(graph, "name/a")!.Id);
        Assert.Equal("c", called.Find(graph, "id/c")!.Id);
        Assert.Null(called.Find(graph, "name/c"));
        Assert.Equal("id", called.Find(graph, "id")!.Id);
        Assert.Null(await new CalledWorkflows(host.Services.GetRequiredService<WorkflowStore>(), catalog, other.Workspace).OpenAsync(graph.Nodes[1], CancellationToken.None));
    }
}
