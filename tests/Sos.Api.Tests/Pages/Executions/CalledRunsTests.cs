using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Sos.Api.Executions;
using Sos.Api.Pages.Components;
using Sos.Api.Pages.Executions;
using Sos.Api.Tests.Support;
using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class CalledRunsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_opened_node_shows_the_version_that_ran_and_follows_it_until_it_is_closed()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var child = await client.SaveAsync(Definitions.Approval());
        var id = Guid.Parse(await client.StartAsync(await client.SaveAsync(Calling("ask"))));
        await client.UntilAsync($"{id}", "waiting");
        // What is saved later is not what runs.
        (await client.PutAsync($"/workflows/{child}", Definitions.Transform("ask"))).Expect(HttpStatusCode.OK);
        await OnAPage(client, id, async (run, called, changes) =>
        {
            var graph = await called.OpenAsync("call", run.Definition!.Nodes[0], item: null, at: null);

            Assert.Equal(["ask", "yes", "no"], graph!.Nodes.Select(n => n.Id));
            var shown = Assert.Single(called.All);
            Assert.Equal((ExecutionStatus.Waiting, 1), (shown.Status, shown.Version!.Version));
            Assert.Equal("waiting", called.StateOf("call/ask")!.Status);
            Assert.Null(called.StateOf("call/yes"));
            Assert.Null(called.StateOf("ask"));
            Assert.Null(called.StateOf("other/ask"));

            (await client.PostAsync($"/executions/{shown.Run!.Execution.Id}/approvals/ask", """{"decision": "approve"}""")).Expect(HttpStatusCode.Accepted);
            await changes.UntilAsync(() => shown.Status == ExecutionStatus.Completed);
            Assert.Equal(("completed", "completed", "skipped"), (called.StateOf("call/ask")!.Status, called.StateOf("call/yes")!.Status, called.StateOf("call/no")!.Status));

            Assert.True(called.Select("call/yes"));
            Assert.Equal((shown, new StepKey("yes", "")), called.Selected!.Value);
            Assert.False(called.Select("call"));
            called.Close("call");
            Assert.True(called.IsEmpty);
            Assert.Null(called.Selected);
            Assert.Null(called.StateOf("call/yes"));
        });
    }

    [Fact]
    public async Task What_is_opened_before_it_is_called_turns_into_the_execution_once_there_is_one()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        await client.SaveAsync(Definitions.Waiting());
        await client.SaveAsync(Calling("waiting", "middle"));
        var id = Guid.Parse(await client.StartAsync(await client.SaveAsync(Calling("middle", "top")), """{"stepMode": true}"""));
        await client.UntilAsync($"{id}", "paused");
        await OnAPage(client, id, async (run, called, changes) =>
        {
            var middle = await called.OpenAsync("call", run.Definition!.Nodes[0], item: null, at: null);
            Assert.Equal("w", (await called.OpenAsync("call/call", middle!.Nodes[0], item: null, at: null))!.Nodes[0].Id);
            Assert.Equal([("call", null), ("call/call", null)], called.All.Select(r => (r.Id, r.Status)));
            Assert.True(called.Select("call/call/w"));

            (await client.PostAsync($"/executions/{id}/resume")).Expect(HttpStatusCode.Accepted);
            await client.UntilAsync($"{id}", "waiting");
            Assert.True(await run.RefreshAsync(CancellationToken.None));
            await called.CallerChangedAsync(run);
            await changes.UntilAsync(() => called.StateOf("call/call/w")?.Status == "waiting");

            Assert.Equal([ExecutionStatus.Waiting, ExecutionStatus.Waiting], called.All.Select(r => r.Status!.Value));
            Assert.Equal("waiting", called.StateOf("call/call")!.Status);
            Assert.False(changes.HadOtherGraph);
            Assert.Equal("call/call", called.Selected!.Value.Run.Id);
            called.Close("call");
            Assert.True(called.IsEmpty);
        });
    }

    [Fact]
    public async Task Of_several_items_the_failed_one_is_shown_until_another_is_chosen()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        await client.SaveAsync("""{"name": "divide", "nodes": [{"id": "by", "type": "transform", "config": {"value": "{{ 12 / int(input.by) }}"}}]}""");
        var workflow = await client.SaveAsync("""
            {"name": "each", "nodes": [{"id": "each", "type": "foreach", "config": {"items": "{{ [1, 0, 2] }}", "onItemError": "continue", "body": {"nodes": [
              {"id": "call", "type": "workflow", "config": {"workflow": "divide", "input": {"by": "{{ item }}"}}}]}}}]}
            """);
        var id = Guid.Parse((await client.RunAsync(workflow)).GetProperty("id").GetString()!);
        await OnAPage(client, id, async (run, called, changes) =>
        {
            var node = run.Definition!.Nodes[0].WithBody(client.Host.Services.GetRequiredService<NodeCatalog>()).Single(n => n.Id == "call");
            Assert.NotNull(await called.OpenAsync("call", node, item: null, at: null));
            var shown = Assert.Single(called.All);
            Assert.Equal((new StepKey("call", "1"), "failed"), (shown.Step!.Value, called.StateOf("call/by")!.Status));
            var failed = shown.Run!.Execution.Id;

            await called.ShowItemAsync("call", new StepKey("call", "2"));
            Assert.Equal((ExecutionStatus.Completed, "completed"), (shown.Status, called.StateOf("call/by")!.Status));
            Assert.NotEqual(failed, shown.Run.Execution.Id);
            Assert.False(changes.HadOtherGraph);
        });
    }

    [Fact]
    public async Task An_earlier_moment_is_shown_within_too_and_its_changes_count()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        await client.SaveAsync(Definitions.Chain("chain"));
        var id = Guid.Parse((await client.RunAsync(await client.SaveAsync(Calling("chain")))).GetProperty("id").GetString()!);
        await OnAPage(client, id, async (run, called, changes) =>
        {
            var own = ReplayMoment.Changes(run.Execution, run.Outline);
            Assert.Same(own, called.WithChanges(own));
            Assert.NotNull(await called.OpenAsync("call", run.Definition!.Nodes[0], item: null, at: run.Execution.CreatedAt));
            var shown = Assert.Single(called.All);
            Assert.Null(shown.Status);
            Assert.Null(called.StateOf("call/a"));

            var inner = shown.Run!.Outline.Steps;
            called.ShowAt(inner[1].FinishedAt);
            Assert.Equal(("completed", "completed"), (called.StateOf("call/a")!.Status, called.StateOf("call/b")!.Status));
            called.ShowAt(null);
            Assert.Equal("completed", called.StateOf("call/c")!.Status);
            Assert.Subset(called.WithChanges(own).ToHashSet(), inner.Select(s => s.FinishedAt!.Value).Concat(own).ToHashSet());
        });
    }

    [Fact]
    public async Task A_call_that_a_retry_took_over_is_shown_from_the_earlier_run()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        await client.SaveAsync(Definitions.Chain("chain"));
        var workflow = await client.SaveAsync("""
            {"name": "retried", "nodes": [{"id": "call", "type": "workflow", "config": {"workflow": "chain"}}, {"id": "fails", "type": "transform", "config": {"value": "{{ input.missing }}"}}],
             "edges": [{"from": "call", "to": "fails"}]}
            """);
        var first = (await client.RunAsync(workflow)).GetProperty("id").GetString()!;
        var second = (await client.PostAsync($"/executions/{first}/retry"))["id"].GetString()!;
        await client.UntilAsync(second, "failed");
        await OnAPage(client, Guid.Parse(second), async (run, called, _) =>
        {
            Assert.NotNull(await called.OpenAsync("call", run.Definition!.Nodes[0], item: null, at: null));
            Assert.Equal(Guid.Parse(first), Assert.Single(called.All).Run!.Execution.ParentExecutionId);
            Assert.Equal("completed", called.StateOf("call/c")!.Status);
        });
    }

    [Fact]
    public async Task What_only_a_run_can_name_is_refused_until_it_has_run()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        await client.SaveAsync(Definitions.Chain("chain"));
        var workflow = await client.SaveAsync(Calling("{{ input.which }}"));
        var id = Guid.Parse(await client.StartAsync(workflow, """{"input": {"which": "chain"}, "stepMode": true}"""));
        await client.UntilAsync($"{id}", "paused");
        await OnAPage(client, id, async (run, called, _) =>
        {
            Assert.Null(await called.OpenAsync("call", run.Definition!.Nodes[0], item: null, at: null));
            Assert.True(called.IsEmpty);
            Assert.Contains("call", called.Refusal, StringComparison.Ordinal);

            (await client.PostAsync($"/executions/{id}/resume")).Expect(HttpStatusCode.Accepted);
            await client.UntilAsync($"{id}", "completed");
            Assert.True(await run.RefreshAsync(CancellationToken.None));
            Assert.Equal(3, (await called.OpenAsync("call", run.Definition!.Nodes[0], item: null, at: null))!.Nodes.Count);
            Assert.Null(called.Refusal);
        });
    }

    private static string Calling(string workflow, string name = "calling") => $$$"""
        {"name": "{{{name}}}", "nodes": [{"id": "call", "type": "workflow", "config": {"workflow": "{{{workflow}}}"}}]}
        """;

    /// <summary>Does something on one thread, as a page does.</summary>
    private static async Task OnAPage(ApiClient client, Guid execution, Func<ExecutionState, CalledRuns, PageChanges, Task> look)
    {
        var services = client.Host.Services;
        var (reader, inspector, store, catalog) = (services.GetRequiredService<ExecutionReader>(), services.GetRequiredService<ExecutionInspector>(), services.GetRequiredService<WorkflowStore>(), services.GetRequiredService<NodeCatalog>());
        using var visibility = new TabVisibility(new NoScripts(), NullLogger<TabVisibility>.Instance);
        using var left = new CancellationTokenSource();
        var called = new CalledRuns(reader, inspector, store, catalog, services.GetRequiredService<ExecutionWatch>(), visibility, TimeProvider.System);
        var changes = new PageChanges();
        await Dispatcher.CreateDefault().InvokeAsync(async () =>
        {
            var run = new ExecutionState(reader, inspector, store, catalog);
            Assert.True(await run.LoadAsync(client.Workspace, execution, CancellationToken.None));
            called.Begin(run, new(client.Workspace, changes.AttemptAsync, changes.Tell, left.Token));
            await look(run, called, changes);
            called.Clear();
            Assert.Null(changes.Failure);
        });
        await left.CancelAsync();
    }

    /// <summary>What a page is told.</summary>
    private sealed class PageChanges
    {
        private readonly Channel<bool> told = Channel.CreateUnbounded<bool>();

        public bool HadOtherGraph { get; private set; }

        public Exception? Failure { get; private set; }

        public async Task<bool> AttemptAsync(Func<Task> work)
        {
            try
            {
                await work();
                return true;
            }
            catch (Exception e)
            {
                Failure = e;
                return false;
            }
        }

        public void Tell(CalledRun run, bool hasOtherGraph)
        {
            HadOtherGraph |= hasOtherGraph;
            told.Writer.TryWrite(true);
        }

        public async Task UntilAsync(Func<bool> holds)
        {
            using var limit = new CancellationTokenSource(Limit);
            while (!holds())
                await told.Reader.ReadAsync(limit.Token);
        }
    }

    private sealed class NoScripts : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => throw new NotSupportedException();

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => throw new NotSupportedException();
    }
}
