using System.Text.Json;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>An execution as it stood at a moment, computed from what is known of it now.</summary>
/// <param name="Execution">The execution.</param>
/// <param name="Outline">What had happened in it.</param>
public sealed record ReplayMoment(ExecutionSummary Execution, ExecutionOutline Outline)
{
    /// <summary>The moment <paramref name="at"/>.</summary>
    public static ReplayMoment At(ExecutionSummary execution, ExecutionOutline outline, DateTimeOffset at)
    {
        var marks = outline.Marks.TakeWhile(m => m.Timestamp <= at).ToList();
        var waits = marks.Where(m => m is { Type: "node_waiting", NodeId: not null }).Select(m => new StepKey(m.NodeId!, m.Iteration ?? "")).ToHashSet();
        var steps = new List<StepOutline>(outline.Steps.Count);
        foreach (var step in outline.Steps)
        {
            if (step.FinishedAt <= at)
                steps.Add(step);
            else if (step.StartedAt <= at)
                steps.Add(step with
                {
                    Status = waits.Contains(step.Key) ? StepStatus.Waiting : StepStatus.Running,
                    FinishedAt = null,
                    LatencyMs = null,
                    Error = null,
                    Branch = null,
                    Attempts = step.AttemptLog is { ValueKind: JsonValueKind.Array } log ? 1 + Ended(log, at) : step.Attempts,
                    AttemptLog = step.AttemptLog is { ValueKind: JsonValueKind.Array } all ? Before(all, at) : null,
                });
        }
        var ended = execution.FinishedAt <= at;
        return new ReplayMoment(
            ended ? execution : execution with
            {
                Status = StatusAt(execution, marks, at),
                FinishedAt = null,
                StartedAt = execution.StartedAt <= at ? execution.StartedAt : null,
                Error = null,
            },
            new ExecutionOutline(steps, marks, [.. outline.Calls.Where(c => c.EndedAt <= at)], outline.LastEvent));
    }

    /// <summary>The moments at which something changed, in their order: what the replay's buttons go to.</summary>
    public static IReadOnlyList<DateTimeOffset> Changes(ExecutionSummary execution, ExecutionOutline outline)
    {
        var moments = new SortedSet<DateTimeOffset> { execution.CreatedAt };
        foreach (var step in outline.Steps)
        {
            if (step.StartedAt is { } started && started >= execution.CreatedAt)
                moments.Add(started);
            if (step.FinishedAt is { } finished && finished >= execution.CreatedAt)
                moments.Add(finished);
        }
        foreach (var mark in outline.Marks)
            moments.Add(mark.Timestamp);
        if (execution.FinishedAt is { } end)
            moments.Add(end);
        return [.. moments];
    }

    private static ExecutionStatus StatusAt(ExecutionSummary execution, List<ExecutionEvent> marks, DateTimeOffset at)
    {
        if (!(execution.StartedAt <= at))
            return ExecutionStatus.Pending;
        return marks.LastOrDefault(m => m.NodeId is null)?.Type switch
        {
            "workflow_waiting" => ExecutionStatus.Waiting,
            "workflow_paused" => ExecutionStatus.Paused,
            _ => ExecutionStatus.Running,
        };
    }

    private static int Ended(JsonElement attempts, DateTimeOffset at) => attempts.EnumerateArray().Count(a => EndOf(a) <= at);

    private static JsonElement? Before(JsonElement attempts, DateTimeOffset at)
    {
        var kept = attempts.EnumerateArray().Where(a => EndOf(a) <= at).ToList();
        return kept.Count == 0 ? null : JsonElement.Parse($"[{string.Join(',', kept.Select(a => a.GetRawText()))}]");
    }

    private static DateTimeOffset EndOf(JsonElement attempt) =>
        attempt.ValueKind == JsonValueKind.Object && attempt.TryGetProperty("startedAt", out var at) && at.TryGetDateTimeOffset(out var started)
            ? started.AddMilliseconds(attempt.TryGetProperty("latencyMs", out var ms) && ms.TryGetDouble(out var value) ? value : 0)
            : DateTimeOffset.MaxValue;
}
