using System.Globalization;
using System.Text.Json;
using Sos.Api.Pages.Components;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>
/// Makes the rows of a timeline: the execution, its steps in the order in which they started, below them their attempts,
/// model calls, tool calls and, below a <c>foreach</c>, its items with the steps of each.
/// </summary>
internal sealed class Waterfall
{
    /// <summary>A <c>foreach</c> with more items than this is folded at first.</summary>
    private const int ManyItems = 12;

    private readonly ExecutionSummary execution;
    private readonly ExecutionOutline outline;
    private readonly IReadOnlyDictionary<string, string> bodies;
    private readonly IReadOnlySet<string> toggled;
    private readonly ILookup<(string Parent, string Iteration), StepOutline> inner;
    private readonly ILookup<StepKey, ModelCallOutline> calls;
    private readonly ILookup<StepKey, ExecutionEvent> marks;
    private readonly List<WaterfallRow> rows = [];

    private Waterfall(ExecutionSummary execution, ExecutionOutline outline, IReadOnlyDictionary<string, string> bodies, IReadOnlySet<string> toggled)
    {
        (this.execution, this.outline, this.bodies, this.toggled) = (execution, outline, bodies, toggled);
        inner = outline.Steps.Where(s => s.Iteration.Length > 0).ToLookup(s => (bodies.GetValueOrDefault(s.NodeId) ?? "", Outer(s.Iteration)));
        calls = outline.Calls.Where(c => c.NodeId is not null).ToLookup(c => new StepKey(c.NodeId!, c.Iteration));
        marks = outline.Marks.Where(m => m.NodeId is not null).ToLookup(m => new StepKey(m.NodeId!, m.Iteration ?? ""));
    }

    /// <summary>The rows that are in sight.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="outline">What happened in it.</param>
    /// <param name="bodies">Which node's body a node is in; nodes at the top are in none.</param>
    /// <param name="toggled">Keys of rows that a person folded or unfolded, against how they are at first.</param>
    public static IReadOnlyList<WaterfallRow> Rows(
        ExecutionSummary execution, ExecutionOutline outline, IReadOnlyDictionary<string, string> bodies, IReadOnlySet<string> toggled)
    {
        var waterfall = new Waterfall(execution, outline, bodies, toggled);
        waterfall.AddExecution();
        return waterfall.rows;
    }

    private void AddExecution()
    {
        var expanded = !toggled.Contains("run");
        rows.Add(new WaterfallRow
        {
            Key = "run",
            Kind = RowKind.Execution,
            Depth = 0,
            Label = execution.WorkflowName,
            Status = execution.Status.Name(),
            Bars = ExecutionBars(),
            Milliseconds = execution.LatencyMs,
            Expanded = expanded,
        });
        if (!expanded)
            return;
        // A step whose foreach is unknown is better shown at the top than not at all.
        foreach (var step in outline.Steps.Where(s => s.Iteration.Length == 0 || !bodies.ContainsKey(s.NodeId)))
            AddStep(step, 1);
    }

    private List<Bar> ExecutionBars()
    {
        var bars = new List<Bar> { new(execution.CreatedAt, execution.StartedAt ?? execution.FinishedAt, BarKind.Queue) };
        if (execution.StartedAt is not { } from)
            return bars;
        var kind = BarKind.Run;
        foreach (var mark in outline.Marks.Where(m => m.NodeId is null))
        {
            var next = mark.Type switch { "workflow_waiting" or "workflow_paused" => BarKind.Wait, "workflow_resumed" => BarKind.Run, _ => kind };
            if (next == kind || mark.Timestamp < from)
                continue;
            bars.Add(new Bar(from, mark.Timestamp, kind));
            (from, kind) = (mark.Timestamp, next);
        }
        bars.Add(new Bar(from, execution.FinishedAt, kind));
        return bars;
    }

    private void AddStep(StepOutline step, int depth)
    {
        var key = step.Key;
        var items = inner[(step.NodeId, step.Iteration)].GroupBy(s => s.Iteration).OrderBy(g => ItemNumber(g.Key)).ToList();
        var attempts = Attempts(step);
        var tools = marks[key].Where(m => m.Type == "tool_executed").ToList();
        var below = items.Count + attempts.Count + tools.Count + calls[key].Count();
        var name = $"step {step.NodeId} {step.Iteration}";
        bool? expanded = below == 0 ? null : (items.Count <= ManyItems) != toggled.Contains(name);
        var copied = IsCopied(step);
        rows.Add(new WaterfallRow
        {
            Key = name,
            Kind = RowKind.Step,
            Depth = depth,
            Label = step.NodeId,
            Detail = copied ? "taken over from the earlier run"
                : items.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{step.Type} · {items.Count:#,0} {(items.Count == 1 ? "item" : "items")}")
                : step.Attempts > 1 ? $"{step.Type} · {step.Attempts} attempts"
                : step.Type,
            Status = step.Status.Name(),
            Step = key,
            Bars = copied ? [] : StepBars(step, attempts),
            Milliseconds = step.LatencyMs ?? (step.FinishedAt - step.StartedAt)?.TotalMilliseconds,
            Expanded = expanded,
        });
        if (expanded != true)
            return;
        foreach (var attempt in attempts)
            AddAttempt(step, attempt, depth + 1);
        foreach (var row in calls[key].Select(c => CallRow(c, depth + 1)).Concat(tools.Select(t => ToolRow(t, key, depth + 1))).OrderBy(r => r.Bars[0].From))
            rows.Add(row);
        foreach (var item in items)
            AddItem(step, item, items.Count, depth + 1);
    }

    private void AddItem(StepOutline owner, IGrouping<string, StepOutline> item, int count, int depth)
    {
        var name = $"item {owner.NodeId} {item.Key}";
        var expanded = (count <= ManyItems / 3) != toggled.Contains(name);
        var from = item.Min(s => s.StartedAt ?? s.FinishedAt);
        var unfinished = item.Any(s => s.FinishedAt is null);
        var to = unfinished ? null : item.Max(s => s.FinishedAt);
        rows.Add(new WaterfallRow
        {
            Key = name,
            Kind = RowKind.Item,
            Depth = depth,
            Label = "Item " + ItemNumber(item.Key).ToString(CultureInfo.InvariantCulture),
            Status = Worst(item),
            Step = null,
            Bars = from is { } begin && !IsCopied(owner) ? [new Bar(begin, to, BarKind.Run)] : [],
            Milliseconds = (to - from)?.TotalMilliseconds,
            Expanded = expanded,
        });
        if (!expanded)
            return;
        foreach (var step in item)
            AddStep(step, depth + 1);
    }

    private void AddAttempt(StepOutline step, Attempt attempt, int depth) => rows.Add(new WaterfallRow
    {
        Key = $"attempt {step.NodeId} {step.Iteration} {attempt.Number}",
        Kind = RowKind.Attempt,
        Depth = depth,
        Label = $"Attempt {attempt.Number}",
        Detail = attempt.Error ?? "",
        Status = attempt.Error is not null ? "failed" : step.Status.Name(),
        Step = step.Key,
        Bars = [new Bar(attempt.From, attempt.To, BarKind.Run)],
        Milliseconds = (attempt.To - attempt.From)?.TotalMilliseconds,
    });

    private static WaterfallRow CallRow(ModelCallOutline call, int depth) => new()
    {
        Key = $"call {call.Id}",
        Kind = RowKind.ModelCall,
        Depth = depth,
        Label = call.Model,
        Detail = call.InputTokens is null && call.OutputTokens is null ? "" : $"{Format.Count(call.InputTokens ?? 0)} → {Format.Count(call.OutputTokens ?? 0)} tokens · {Format.Money(call.CostUsd)}",
        Status = "completed",
        Step = new StepKey(call.NodeId!, call.Iteration),
        Call = call.Id,
        Bars = [new Bar(Began(call), call.EndedAt, BarKind.Run)],
        Milliseconds = call.LatencyMs,
    };

    private static WaterfallRow ToolRow(ExecutionEvent tool, StepKey step, int depth) => new()
    {
        Key = string.Create(CultureInfo.InvariantCulture, $"tool {tool.Id}"),
        Kind = RowKind.ToolCall,
        Depth = depth,
        Label = tool.Context?.TextMember("tool") ?? "tool",
        Detail = tool.Context?.TextMember("kind") ?? "",
        Status = tool.Status is "failed" || tool.Context?.Member("error") is { ValueKind: not (JsonValueKind.Null or JsonValueKind.False) } ? "failed" : "completed",
        Step = step,
        Bars = [new Bar(tool.Timestamp.AddMilliseconds(-(tool.LatencyMs ?? 0)), tool.Timestamp, BarKind.Run)],
        Milliseconds = tool.LatencyMs,
    };

    private List<Bar> StepBars(StepOutline step, List<Attempt> attempts)
    {
        if (step.StartedAt is not { } started)
            return step.FinishedAt is { } skipped ? [new Bar(skipped, skipped, BarKind.Run)] : [];
        if (attempts.Count > 0)
        {
            var bars = new List<Bar>();
            foreach (var (index, attempt) in attempts.Index())
            {
                if (index > 0 && attempts[index - 1].To is { } before && before < attempt.From)
                    bars.Add(new Bar(before, attempt.From, BarKind.Retry));
                bars.Add(new Bar(attempt.From, attempt.To, BarKind.Run));
            }
            // Between two attempts there is no further one yet.
            if (step.FinishedAt is null && attempts[^1].To is { } last)
                bars.Add(new Bar(last, null, BarKind.Retry));
            return bars;
        }
        var waits = marks[step.Key].Where(m => m.Type == "node_waiting" && m.Timestamp >= started).Select(m => m.Timestamp).ToList();
        return waits.Count == 0 ? [new Bar(started, step.FinishedAt, BarKind.Run)] : WaitBars(step, started, waits);
    }

    private List<Bar> WaitBars(StepOutline step, DateTimeOffset started, List<DateTimeOffset> waits)
    {
        // A wait is over with the first sign of work after it: a model call that begins, or a tool's answer. No event tells.
        var signs = calls[step.Key].Select(Began).Concat(marks[step.Key].Where(m => m.Type == "tool_executed").Select(m => m.Timestamp)).Order().Select(s => (DateTimeOffset?)s).ToList();
        var bars = new List<Bar>();
        DateTimeOffset? runs = started;
        foreach (var wait in waits)
        {
            if (runs > wait)
                continue;
            bars.Add(new Bar(runs.Value, wait, BarKind.Run));
            runs = signs.FirstOrDefault(s => s > wait);
            bars.Add(new Bar(wait, runs ?? step.FinishedAt, BarKind.Wait));
            if (runs is null)
                return bars;
        }
        bars.Add(new Bar(runs.Value, step.FinishedAt, BarKind.Run));
        return bars;
    }

    private static DateTimeOffset Began(ModelCallOutline call) => call.EndedAt.AddMilliseconds(-(call.LatencyMs ?? 0));

    /// <summary>The attempts of a step that had more than one.</summary>
    private List<Attempt> Attempts(StepOutline step)
    {
        var attempts = new List<Attempt>();
        if (step.Attempts < 2)
            return attempts;
        if (step.AttemptLog is not { ValueKind: JsonValueKind.Array } log)
            return attempts;
        foreach (var entry in log.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("startedAt", out var at) || !at.TryGetDateTimeOffset(out var from))
                continue;
            var latency = entry.TryGetProperty("latencyMs", out var ms) && ms.TryGetDouble(out var value) ? value : 0;
            var error = entry.Member("error") is { } e ? e.TextMember("message") ?? e.TextMember("code") : null;
            attempts.Add(new Attempt(attempts.Count + 1, from, from.AddMilliseconds(latency), error ?? "failed"));
        }
        // The log holds the attempts that failed; the one after them began when the delay was over.
        if (attempts.Count > 0 && attempts.Count < step.Attempts)
        {
            var retry = marks[step.Key].LastOrDefault(m => m.Type == "node_retrying");
            var delay = retry?.Context is { ValueKind: JsonValueKind.Object } c && c.TryGetProperty("delayMs", out var ms) && ms.TryGetDouble(out var value) ? value : 0;
            var from = retry is null ? attempts[^1].To!.Value : retry.Timestamp.AddMilliseconds(delay);
            attempts.Add(new Attempt(attempts.Count + 1, from, step.FinishedAt > from || step.FinishedAt is null ? step.FinishedAt : from, null));
        }
        return attempts.Count > 1 || step.FinishedAt is null ? attempts : [];
    }

    /// <summary>A step that a retry took over ran before its execution was accepted.</summary>
    private bool IsCopied(StepOutline step) => execution.SourceExecutionId is not null && step.FinishedAt < execution.CreatedAt;

    private static string Worst(IEnumerable<StepOutline> steps)
    {
        var statuses = steps.Select(s => s.Status).ToHashSet();
        return new[] { StepStatus.Failed, StepStatus.Running, StepStatus.Waiting, StepStatus.Cancelled, StepStatus.Completed }.FirstOrDefault(statuses.Contains, StepStatus.Skipped).Name();
    }

    private static string Outer(string iteration) => iteration.LastIndexOf('.') is var dot and >= 0 ? iteration[..dot] : "";

    private static int ItemNumber(string iteration) =>
        int.TryParse(iteration.AsSpan(iteration.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private sealed record Attempt(int Number, DateTimeOffset From, DateTimeOffset? To, string? Error);
}
