using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Executions;
using Sos.Api.Pages.Executions;
using Sos.Api.Tests.Support;
using Sos.Workflows.Executions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class ExecutionStateTests
{
    [Fact]
    public async Task A_page_follows_an_execution_by_its_changes_alone()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Chain("followed"));
        var id = Guid.Parse(await client.StartAsync(workflow, """{"stepMode": true}"""));
        await client.UntilAsync($"{id}", "paused");
        var state = StateOf(client);
        Assert.True(await state.LoadAsync(client.Workspace, id, CancellationToken.None));
        Assert.Equal(ExecutionStatus.Paused, state.Execution.Status);
        Assert.NotEmpty(state.Execution.PausedBefore);
        Assert.Equal(3, state.Definition!.Nodes.Count);
        var before = state.Outline.Steps.Count;
        Assert.False(await state.RefreshAsync(CancellationToken.None));

        (await client.PostAsync($"/executions/{id}/resume")).Expect(System.Net.HttpStatusCode.Accepted);
        await client.UntilAsync($"{id}", "completed");
        Assert.True(await state.RefreshAsync(CancellationToken.None));
        Assert.Equal(ExecutionStatus.Completed, state.Execution.Status);
        Assert.True(before < state.Outline.Steps.Count);
        Assert.Equal(["a", "b", "c"], state.Outline.Steps.Select(s => s.NodeId));
        Assert.All(state.Outline.Steps, s => Assert.Equal(StepStatus.Completed, s.Status));

        var step = await client.Host.Services.GetRequiredService<ExecutionInspector>().GetStepAsync(client.Workspace, id, "c", "", CancellationToken.None);
        Assert.Equal("abc", step!.Output!.Value.GetString());
    }

    [Fact]
    public async Task A_step_from_one_pause_to_the_next_between_two_looks_is_seen()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var id = Guid.Parse(await client.StartAsync(await client.SaveAsync(Definitions.Chain("stepped")), """{"stepMode": true}"""));
        await client.UntilAsync($"{id}", "paused");
        var state = StateOf(client);
        Assert.True(await state.LoadAsync(client.Workspace, id, CancellationToken.None));
        Assert.Equal(["a"], state.Execution.PausedBefore);

        (await client.PostAsync($"/executions/{id}/step")).Expect(System.Net.HttpStatusCode.Accepted);
        var reader = client.Host.Services.GetRequiredService<ExecutionReader>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await reader.GetAsync(client.Workspace, id, limit.Token))!.PausedBefore is not ["b"])
            await Task.Yield();

        Assert.True(await state.RefreshAsync(CancellationToken.None));
        Assert.Equal(["b"], state.Execution.PausedBefore);
    }

    [Fact]
    public async Task Another_workspaces_execution_is_not_there()
    {
        var host = await ApiHost.ExecutingAsync();
        var owner = await host.NewWorkspaceAsync();
        var id = Guid.Parse((await owner.RunAsync(await owner.SaveAsync(Definitions.Chain("hidden")))).GetProperty("id").GetString()!);
        var stranger = await host.NewWorkspaceAsync();
        Assert.False(await StateOf(stranger).LoadAsync(stranger.Workspace, id, CancellationToken.None));
        var inspector = host.Services.GetRequiredService<ExecutionInspector>();
        Assert.Null(await inspector.GetStepAsync(stranger.Workspace, id, "a", "", CancellationToken.None));
        Assert.Empty(await inspector.ListStepEventsAsync(stranger.Workspace, id, "a", "", CancellationToken.None));
        Assert.Empty(await inspector.ReadOutputDigestsAsync(stranger.Workspace, id, CancellationToken.None));
    }

    [Fact]
    public async Task Lists_are_narrowed_by_statuses_text_cost_and_ids()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform("50%_off"));
        for (var i = 0; i < 4; i++)
            await client.StartAsync(workflow);
        await host.Database.ExecuteAsync($$"""
            with numbered as (select id, row_number() over (order by id) n from workflow_executions where workspace_id = '{{client.Workspace}}')
            update workflow_executions e set
              status = case n when 1 then 'failed' when 2 then 'cancelled' when 3 then 'completed' else 'pending' end, cost_usd = n,
              error = case n when 1 then '{"code": "http_500", "message": "The shop is closed."}'::jsonb end
            from numbered where numbered.id = e.id
            """);
        var reader = host.Services.GetRequiredService<ExecutionReader>();
        var all = await reader.ListAsync(client.Workspace, new ExecutionFilter { Limit = 10 }, CancellationToken.None);
        Assert.Equal([ExecutionStatus.Cancelled, ExecutionStatus.Failed], await Statuses(new() { Statuses = [ExecutionStatus.Failed, ExecutionStatus.Cancelled], Limit = 10 }));
        Assert.Equal([ExecutionStatus.Failed], await Statuses(new() { Text = "SHOP is", Limit = 10 }));
        Assert.Equal(4, (await Statuses(new() { Text = "0%_O", Limit = 10 })).Count);
        Assert.Empty(await Statuses(new() { Text = "0%off", Limit = 10 }));
        Assert.Equal([ExecutionStatus.Pending, ExecutionStatus.Completed], await Statuses(new() { MinCostUsd = 3, Limit = 10 }));
        Assert.Equal([ExecutionStatus.Completed], await Statuses(new() { Ids = [all[1].Id, Guid.NewGuid()], Limit = 10 }));
        Assert.Equal([ExecutionStatus.Pending], await Statuses(new() { After = all[1].Id, Limit = 10 }));

        async Task<List<ExecutionStatus>> Statuses(ExecutionFilter filter) =>
            [.. (await reader.ListAsync(client.Workspace, filter, CancellationToken.None)).Select(e => e.Status)];
    }

    [Fact]
    public async Task Who_watches_all_executions_is_told_which_changed_and_when_they_are_too_many_to_name()
    {
        var ended = 0;
        var changes = new ChangedExecutions(_ => ended++);
        Guid a = Guid.NewGuid(), b = Guid.NewGuid();
        changes.Add(a);
        changes.Add(b);
        changes.Add(a);
        var named = await changes.NextAsync(CancellationToken.None);
        Assert.Equal(new HashSet<Guid> { a, b }, named.Ids);
        Assert.False(named.Accepted);
        changes.AddAccepted();
        var accepted = await changes.NextAsync(CancellationToken.None);
        Assert.Empty(accepted.Ids!);
        Assert.True(accepted.Accepted);
        for (var i = 0; i < 2_000; i++)
            changes.Add(Guid.NewGuid());
        Assert.Null((await changes.NextAsync(CancellationToken.None)).Ids);
        Assert.Null(await changes.NextAsync(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None));
        changes.Dispose();
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task Who_watches_all_executions_hears_of_one_that_no_executor_has_taken()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Chain("waiting for an executor"));
        using var changes = client.Host.Services.GetRequiredService<ExecutionWatch>().WatchAll();
        await client.StartAsync(workflow);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!(await changes.NextAsync(limit.Token)).Accepted)
        {
        }
    }

    [Fact]
    public async Task A_change_after_a_wait_in_vain_is_heard()
    {
        var host = await ApiHost.IdleAsync();
        var watch = host.Services.GetRequiredService<ExecutionWatch>();
        var id = Guid.NewGuid();
        using var subscription = watch.Watch(Guid.NewGuid(), id, untilEnd: false);
        Assert.False(await subscription.ChangedAsync(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None));
        watch.Notified(NotificationListener.EventsChannel, id.ToString("N"));
        Assert.True(await subscription.ChangedAsync(TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None));
    }

    private static ExecutionState StateOf(ApiClient client)
    {
        var services = client.Host.Services;
        return new ExecutionState(services.GetRequiredService<ExecutionReader>(), services.GetRequiredService<ExecutionInspector>(), services.GetRequiredService<WorkflowStore>(), services.GetRequiredService<NodeCatalog>());
    }
}
