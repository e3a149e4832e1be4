using System.Text.Json;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Executions;

/// <summary>Executions and steps for tests; times are milliseconds after the execution was accepted.</summary>
internal static class Runs
{
    public static readonly DateTimeOffset Begin = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double milliseconds) => Begin.AddMilliseconds(milliseconds);

    public static ExecutionSummary Execution(ExecutionStatus status, double? started = 10, double? finished = null, Guid? source = null) => new()
    {
        Id = Guid.CreateVersion7(),
        WorkflowId = Guid.CreateVersion7(),
        WorkflowName = "orders",
        Version = 3,
        Status = status,
        TraceId = new string('a', 32),
        SourceExecutionId = source,
        CreatedAt = Begin,
        StartedAt = started is { } s ? At(s) : null,
        FinishedAt = finished is { } f ? At(f) : null,
    };

    public static StepOutline Step(string node, StepStatus status, double? from, double? to = null, string iteration = "", int attempts = 1, string? log = null) => new()
    {
        NodeId = node,
        Iteration = iteration,
        Type = "http",
        Status = status,
        Attempts = attempts,
        AttemptLog = log is null ? null : JsonElement.Parse(log),
        StartedAt = from is { } f ? At(f) : null,
        FinishedAt = to is { } t ? At(t) : null,
        LatencyMs = to - from,
    };

    public static ExecutionEvent Mark(long id, string type, double at, string? node = null, string? context = null, double? latency = null) => new()
    {
        Id = id,
        Type = type,
        NodeId = node,
        Context = context is null ? null : JsonElement.Parse(context),
        LatencyMs = latency,
        Timestamp = At(at),
    };

    public static ModelCallOutline Call(string node, double end, double latency) => new()
    {
        Id = Guid.CreateVersion7(),
        NodeId = node,
        Operation = "chat",
        Model = "demo",
        Provider = "sos",
        InputTokens = 30,
        OutputTokens = 9,
        CostUsd = 0.02m,
        LatencyMs = latency,
        EndedAt = At(end),
    };

    public static ExecutionOutline Outline(IReadOnlyList<StepOutline> steps, IReadOnlyList<ExecutionEvent>? marks = null, IReadOnlyList<ModelCallOutline>? calls = null) =>
        new(steps, marks ?? [], calls ?? [], 0);
}
