using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Graph;
using Sos.Workflows.Json;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Engine;

/// <summary>What happens to nodes, as rows for the next checkpoint.</summary>
internal sealed partial class ExecutionRun
{
    private void RecordSkip(Scope scope, NodePlan node)
    {
        var now = services.Time.GetUtcNow();
        buffer.Add(new StepRow { NodeId = node.Id, Iteration = scope.Iteration, Type = node.Type.Name, Status = StepStatus.Skipped, FinishedAt = now }, urgent: false);
        buffer.Add(new EventRow { EventType = EventTypes.NodeSkipped, NodeId = node.Id, Iteration = scope.Iteration, Status = "skipped", SpanId = telemetry.SpanId, Timestamp = now });
    }

    private void RecordCancelled(Step step)
    {
        CancelChildren(step);
        var now = services.Time.GetUtcNow();
        buffer.Add(step.ToRow(StepStatus.Cancelled, now), urgent: false);
        LogNode(step, EventTypes.NodeCancelled, "cancelled");
        step.Scope.Active.Remove(step);
        changed.Enqueue(step.Scope);
    }

    private void LogNode(Step step, string type, string status, NodeEventContext? context = null, double? latencyMs = null) => buffer.Add(new EventRow
    {
        EventType = type,
        NodeId = step.Node.Id,
        Iteration = step.Scope.Iteration,
        Status = status,
        Context = context is null ? null : JsonSerializer.SerializeToElement(context, EngineJson.Default.NodeEventContext),
        LatencyMs = latencyMs,
        SpanId = step.SpanId ?? telemetry.SpanId,
        Timestamp = services.Time.GetUtcNow(),
    });

    /// <summary>Adds what a node wants written to the next checkpoint.</summary>
    private void Add(Step step, NodeRecordBatch records)
    {
        foreach (var e in records.Events)
            buffer.Add(ToRow(step, e));
        buffer.Add(records);
    }

    private static EventRow ToRow(Step step, NodeEvent e) => new()
    {
        EventType = e.EventType,
        NodeId = step.Node.Id,
        Iteration = step.Scope.Iteration,
        Status = e.Status,
        Context = e.Context is { } context ? StorableJson.Clean(context) : null,
        LatencyMs = e.Latency?.TotalMilliseconds,
        SpanId = step.SpanId,
        Timestamp = e.Timestamp,
    };
}
