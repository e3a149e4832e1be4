using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>Errors of steps on their way to rows, events and the execution's own error.</summary>
internal static class StepErrors
{
    /// <summary>The error as a step keeps it.</summary>
    public static ExecutionError Of(NodeError error) => new()
    {
        Code = error.Code,
        Message = StorableJson.Clean(error.Message),
        Details = error.Details is { } details && OutputCheck.Check(ref details, "", MaxDetailBytes) is null ? details : null,
    };

    private const int MaxDetailBytes = 256 * 1024;

    /// <summary>The error that a stored step keeps, naming the step.</summary>
    public static ExecutionError Read(StepRow row)
    {
        var error = row.Error is { } json ? JsonSerializer.Deserialize(json, EngineJson.Default.ExecutionError) : null;
        return At(error ?? new ExecutionError { Code = "node_failed", Message = $"Node '{row.NodeId}' failed." }, row.NodeId, row.Iteration);
    }

    /// <summary>The same error naming the step that it comes from.</summary>
    public static ExecutionError At(ExecutionError error, string nodeId, string iteration) =>
        error with { NodeId = nodeId, Iteration = iteration.Length == 0 ? null : iteration };
}
