using Sos.Api.Pages.Executions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;
using static Sos.Api.Tests.Pages.Executions.Runs;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class WaterfallTests
{
    private static readonly Dictionary<string, string> NoBodies = [];

    [Fact]
    public void A_run_shows_its_time_in_the_queue_its_waits_and_that_it_went_on()
    {
        var rows = Rows(
            Execution(ExecutionStatus.Completed, started: 20, finished: 500),
            Outline([], [Mark(1, "workflow_started", 20), Mark(2, "workflow_waiting", 100), Mark(3, "workflow_resumed", 400)]));
        Assert.Equal(
            [new Bar(Begin, At(20), BarKind.Queue), new Bar(At(20), At(100), BarKind.Run), new Bar(At(100), At(400), BarKind.Wait), new Bar(At(400), At(500), BarKind.Run)],
            Assert.Single(rows).Bars);
    }

    [Fact]
    public void Attempts_are_rows_and_the_delays_between_them_are_to_be_seen()
    {
        var step = Step("call", StepStatus.Completed, 10, 400, attempts: 2, log: $$$"""[{"attempt": 1, "startedAt": "{{{At(10):O}}}", "latencyMs": 40, "error": {"code": "http_500", "message": "It answered 500."}}]""");
        var rows = Rows(Execution(ExecutionStatus.Completed, finished: 400), Outline([step], [Mark(1, "node_retrying", 50, "call", """{"delayMs": 250}""")]));
        Assert.Equal([RowKind.Execution, RowKind.Step, RowKind.Attempt, RowKind.Attempt], rows.Select(r => r.Kind));
        Assert.Equal([new Bar(At(10), At(50), BarKind.Run), new Bar(At(50), At(300), BarKind.Retry), new Bar(At(300), At(400), BarKind.Run)], rows[1].Bars);
        Assert.Equal(("It answered 500.", "failed"), (rows[2].Detail, rows[2].Status));
        Assert.Equal(("", "completed"), (rows[3].Detail, rows[3].Status));
    }

    [Fact]
    public void A_step_that_failed_at_its_only_attempt_has_no_row_for_it()
    {
        var step = Step("call", StepStatus.Failed, 10, 50, log: $$"""[{"attempt": 1, "startedAt": "{{At(10):O}}", "latencyMs": 40}]""");
        Assert.Null(Rows(Execution(ExecutionStatus.Failed, finished: 60), Outline([step]))[1].Expanded);
    }

    [Fact]
    public void Model_and_tool_calls_stand_below_their_step_by_when_they_began()
    {
        var rows = Rows(
            Execution(ExecutionStatus.Completed, finished: 400),
            Outline([Step("agent", StepStatus.Completed, 10, 400)], [Mark(7, "tool_executed", 200, "agent", """{"tool": "search", "kind": "http"}""", latency: 50)], [Call("agent", 100, 60), Call("agent", 390, 20)]));
        Assert.Equal([("orders", 0), ("agent", 1), ("demo", 2), ("search", 2), ("demo", 2)], rows.Select(r => (r.Label, r.Depth)));
        Assert.Equal(new Bar(At(40), At(100), BarKind.Run), Assert.Single(rows[2].Bars));
        Assert.Equal("30 → 9 tokens · $0.02", rows[2].Detail);
    }

    [Fact]
    public void A_step_that_waits_now_and_then_shows_when_it_waited_and_when_it_worked()
    {
        var agent = Step("agent", StepStatus.Completed, 10, 900);
        var rows = Rows(
            Execution(ExecutionStatus.Completed, finished: 900),
            Outline(
                [agent, Step("nap", StepStatus.Completed, 10, 400), Step("ask", StepStatus.Waiting, 10)],
                [
                    Mark(3, "node_waiting", 100, "agent"), Mark(4, "tool_executed", 300, "agent", """{"tool": "child", "kind": "workflow"}""", latency: 210), Mark(6, "node_waiting", 500, "agent"),
                    Mark(1, "node_waiting", 20, "nap"), Mark(2, "node_waiting", 30, "ask"),
                ],
                [Call("agent", 90, 60), Call("agent", 400, 50), Call("agent", 850, 50)]));
        Assert.Equal(
            [
                new Bar(At(10), At(100), BarKind.Run), new Bar(At(100), At(300), BarKind.Wait), new Bar(At(300), At(500), BarKind.Run),
                new Bar(At(500), At(800), BarKind.Wait), new Bar(At(800), At(900), BarKind.Run),
            ],
            rows.Single(r => r.Label == "agent").Bars);
        Assert.Equal([new Bar(At(10), At(20), BarKind.Run), new Bar(At(20), At(400), BarKind.Wait)], rows.Single(r => r.Label == "nap").Bars);
        Assert.Equal([new Bar(At(10), At(30), BarKind.Run), new Bar(At(30), null, BarKind.Wait)], rows.Single(r => r.Label == "ask").Bars);
    }

    [Fact]
    public void Items_of_a_foreach_fold_and_unfold_with_their_steps()
    {
        var bodies = new Dictionary<string, string> { ["call"] = "each", ["pick"] = "each" };
        var steps = new List<StepOutline> { Step("each", StepStatus.Running, 10) };
        for (var i = 0; i < 20; i++)
        {
            steps.Add(Step("call", i == 7 ? StepStatus.Failed : StepStatus.Completed, 20 + i, 30 + i, $"{i}"));
            steps.Add(Step("pick", StepStatus.Completed, 30 + i, 31 + i, $"{i}"));
        }
        var execution = Execution(ExecutionStatus.Running);
        var folded = Waterfall.Rows(execution, Outline(steps), bodies, new HashSet<string>());
        Assert.Equal(["orders", "each"], folded.Select(r => r.Label));
        Assert.False(folded[1].Expanded);

        var open = Waterfall.Rows(execution, Outline(steps), bodies, new HashSet<string> { folded[1].Key, "item each 7" });
        Assert.Equal(2 + 20 + 2, open.Count);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"Item {i}"), open.Where(r => r.Kind == RowKind.Item).Select(r => r.Label));
        Assert.Equal("failed", open.Single(r => r.Label == "Item 7").Status);
        Assert.Equal(["call", "pick"], open.Where(r => r.Depth == 3).Select(r => r.Label));
    }

    [Fact]
    public void A_step_that_a_retry_took_over_has_no_time_in_the_new_run()
    {
        var rows = Rows(Execution(ExecutionStatus.Completed, finished: 50, source: Guid.NewGuid()), Outline([Step("before", StepStatus.Completed, -500, -400)]));
        Assert.Empty(rows[1].Bars);
        Assert.Equal("taken over from the earlier run", rows[1].Detail);
    }

    [Fact]
    public void Ten_thousand_steps_are_rows_that_are_found_by_the_window_in_sight()
    {
        var bodies = new Dictionary<string, string> { ["call"] = "each" };
        List<StepOutline> steps = [Step("each", StepStatus.Completed, 0, 10_000), .. Enumerable.Range(0, 10_000).Select(i => Step("call", StepStatus.Completed, i, i + 1, $"{i}"))];
        var rows = Waterfall.Rows(Execution(ExecutionStatus.Completed, finished: 10_000), Outline(steps), bodies, new HashSet<string> { "step each " });
        Assert.Equal(10_002, rows.Count);
        var window = RowWindow.At(top: 5_000 * 28, height: 700, rows.Count, rowHeight: 28);
        Assert.InRange(window.First, 4_970, 5_000);
        Assert.InRange(window.First + window.Count, 5_025, 5_100);
        Assert.Equal(rows.Count * 28, window.Before + window.Count * 28 + window.After);
    }

    private static IReadOnlyList<WaterfallRow> Rows(ExecutionSummary execution, ExecutionOutline outline) => Waterfall.Rows(execution, outline, NoBodies, new HashSet<string>());
}
