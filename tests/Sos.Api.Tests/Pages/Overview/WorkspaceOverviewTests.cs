using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Tests.Support;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Overview;

public sealed class WorkspaceOverviewTests
{
    [Fact]
    public async Task It_shows_what_the_workspace_did_and_nothing_of_another()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var now = DateTimeOffset.UtcNow;
        Assert.False((await ReadAsync(client)).HasExecutions);
        var workflow = await client.SaveAsync(Definitions.Approval());
        var (failed, waiting) = (await client.StartAsync(workflow), await client.StartAsync(workflow));
        await client.StartAsync(workflow);
        await host.Database.ExecuteAsync($$"""
            update workflow_executions set status = 'failed', finished_at = created_at + interval '2 s', error = '{"code": "c", "message": "It broke", "nodeId": "ask"}' where id = '{{failed}}';
            update workflow_executions set status = 'waiting' where id = '{{waiting}}';
            insert into execution_steps (execution_id, node_id, workspace_id, type, status, state) values ('{{waiting}}', 'ask', '{{client.Workspace}}', 'approval', 'waiting', '{"message": "Really?"}');
            insert into model_cost_logs (id, workspace_id, model_name, provider, input_tokens, output_tokens, cost_usd) values
              (gen_random_uuid(), '{{client.Workspace}}', 'm', 'p', 100, 10, 0.25), (gen_random_uuid(), '{{client.Workspace}}', 'm', 'p', 1, 1, null), (gen_random_uuid(), '{{other.Workspace}}', 'm', 'p', 5, 5, 7);
            """);

        var overview = await ReadAsync(client);
        Assert.True(overview is { HasExecutions: true, HasWorkflows: true });
        Assert.Equal(3, overview.Minutes.Sum(m => m.Count));
        Assert.Equal(1, overview.Minutes.Where(m => m.Status == ExecutionStatus.Failed).Sum(m => m.Count));
        Assert.Equal((2_000, 2_000), (Math.Round(overview.P50Ms!.Value), Math.Round(overview.P95Ms!.Value)));
        Assert.Equal(1, overview.QueueDepth);
        Assert.InRange(overview.OldestDueAt!.Value, now.AddMinutes(-1), now.AddMinutes(1));
        Assert.Equal(new SpentToday(2, 101, 11, 0.25m, 1), overview.Today);
        Assert.Equal("It broke", Assert.Single(overview.Failures).Error!.Message);
        Assert.Equal("Really?", Assert.Single(overview.Approvals).Message);

        var empty = await ReadAsync(other);
        Assert.True(empty is { HasExecutions: false, HasWorkflows: false, QueueDepth: 0, Minutes.Count: 0, Failures.Count: 0, Approvals.Count: 0, P50Ms: null });
        Assert.Equal(7, empty.Today.CostUsd);
    }

    [Fact]
    public async Task Executors_are_seen_with_how_many_executions_they_own_whosever_they_are()
    {
        await using var host = await ApiHost.StartAsync(executes: false);
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var execution = await other.StartAsync(await other.SaveAsync(Definitions.Transform()));
        await host.Database.ExecuteAsync($"""
            insert into executors (id, name, version, slots, lease_until) values
              ('0199c7a2-0000-7000-8000-000000000001', 'one', '1.0', 8, now() + interval '1 hour'), ('0199c7a2-0000-7000-8000-000000000002', 'two', '1.0', 8, now() - interval '1 hour');
            update workflow_executions set status = 'running', lease_owner = '0199c7a2-0000-7000-8000-000000000001' where id = '{execution}'
            """);
        var executors = (await ReadAsync(client)).Executors;
        Assert.Equal([("one", true, 1L), ("two", false, 0L)], executors.Select(e => (e.Name, e.Alive, e.Leases)));
    }

    private static Task<WorkspaceOverview> ReadAsync(ApiClient client)
    {
        var now = DateTimeOffset.UtcNow;
        return client.Host.Services.GetRequiredService<WorkspaceOverviewReader>().ReadAsync(client.Workspace, now.AddHours(-1), now.AddSeconds(1), 5, CancellationToken.None);
    }
}
