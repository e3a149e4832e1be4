using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sos.Executors.Tests.Engine;

/// <summary>The spans of a run: names, parents, links and attributes.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    public TraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Sos",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task A_run_is_a_consumer_span_below_the_request_with_a_marker_and_a_span_per_node()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""
            { "name": "traced", "nodes": [
                { "id": "ok", "type": "transform", "config": { "value": 1 } },
                { "id": "bad", "type": "fail", "config": { "code": "no_luck", "message": "No luck." } } ],
              "edges": [ { "from": "ok", "to": "bad" } ] }
            """);
        var row = await engine.EndAsync(id);
        var mine = await SpansAsync(id, "workflow.execute");

        var run = mine.Single(s => s.OperationName == "workflow.execute");
        Assert.Equal((ActivityKind.Consumer, row.TraceId, "00f067aa0ba902b7"), (run.Kind, run.TraceId.ToHexString(), run.ParentSpanId.ToHexString()));
        Assert.Equal("failed", run.GetTagItem("workflow.status"));
        Assert.Equal("no_luck", run.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, run.Status);
        Assert.Equal(2, run.GetTagItem("workflow.node_count"));
        Assert.Equal("traced", run.GetTagItem("workflow.name"));
        Assert.Equal(1, run.GetTagItem("workflow.attempt"));
        Assert.Equal(false, run.GetTagItem("workflow.step_mode"));
        Assert.IsType<double>(run.GetTagItem("workflow.latency_ms"));

        var started = mine.Single(s => s.OperationName == "workflow.started");
        Assert.Equal(run.SpanId, started.ParentSpanId);
        Assert.InRange(started.Duration, TimeSpan.Zero, TimeSpan.FromTicks(1)); // the least that an activity can last

        var ok = mine.Single(s => s.OperationName == "node.execute.transform");
        Assert.Equal((run.SpanId, "ok", "transform", "completed", 1), (ok.ParentSpanId, ok.GetTagItem("node.id"), ok.GetTagItem("node.type"), ok.GetTagItem("node.status"), ok.GetTagItem("node.attempt")));
        var bad = mine.Single(s => s.OperationName == "node.execute.fail");
        Assert.Equal(("no_luck", "no_luck", "No luck.", ActivityStatusCode.Error), (bad.GetTagItem("error.type"), bad.GetTagItem("node.error_code"), bad.GetTagItem("node.error"), bad.Status));
        Assert.Equal("exception", Assert.Single(bad.Events).Name);

        Assert.All(mine, s => Assert.Equal(
            (engine.Organization.ToString(), engine.Workspace.ToString()), ((string?)s.GetTagItem("organization.id"), (string?)s.GetTagItem("workspace.id"))));
        Assert.Equal(ok.SpanId.ToHexString(), await engine.Database.QueryAsync<string>($"select span_id from execution_steps where execution_id = '{id}' and node_id = 'ok'"));
    }

    [Fact]
    public async Task A_run_after_a_wait_is_a_new_span_in_the_same_trace_linked_to_the_one_before()
    {
        await using var engine = await EngineHost.CreateAsync();
        await engine.StartExecutorAsync(o => o.StayAwake = TimeSpan.Zero);
        var id = await engine.StartAsync("""{ "name": "w", "nodes": [ { "id": "a", "type": "wait", "config": { "duration": "800ms" } } ] }""");
        var row = await engine.EndAsync(id);
        var runs = (await SpansAsync(id, "workflow.execute", 2)).Where(s => s.OperationName == "workflow.execute").OrderBy(s => s.GetTagItem("workflow.attempt")).ToArray();
        Assert.All(runs, r => Assert.Equal((row.TraceId, "00f067aa0ba902b7"), (r.TraceId.ToHexString(), r.ParentSpanId.ToHexString())));
        Assert.Equal("waiting", runs[0].GetTagItem("workflow.status"));
        Assert.Equal(runs[0].SpanId, Assert.Single(runs[1].Links).Context.SpanId);
    }

    [Fact]
    public async Task A_childs_run_is_below_the_node_that_started_it()
    {
        await using var engine = await EngineHost.StartAsync();
        await engine.SaveAsync("""{ "name": "child", "nodes": [ { "id": "x", "type": "transform", "config": { "value": 1 } } ] }""");
        var id = await engine.StartAsync("""{ "name": "parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "child" } } ] }""");
        await engine.EndAsync(id);
        var child = await engine.Database.QueryAsync<Guid>($"select id from workflow_executions where parent_execution_id = '{id}'");
        var calls = (await SpansAsync(id, "node.execute.workflow")).Where(s => s.OperationName == "node.execute.workflow").Select(s => s.SpanId);
        var run = (await SpansAsync(child, "workflow.execute")).Single(s => s.OperationName == "workflow.execute");
        Assert.Contains(run.ParentSpanId, calls);
    }

    private async Task<IReadOnlyList<Activity>> SpansAsync(Guid execution, string name, int count = 1)
    {
        await EngineHost.UntilAsync(() => Task.FromResult(Mine().Count(s => s.OperationName == name) >= count));
        return [.. Mine()];

        IEnumerable<Activity> Mine() => spans.Where(s => (string?)s.GetTagItem("workflow.execution_id") == execution.ToString());
    }
}
