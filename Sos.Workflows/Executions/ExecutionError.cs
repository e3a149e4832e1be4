using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Executions;

/// <summary>Why a node or an execution failed, for the person who reads it.</summary>
public sealed record ExecutionError
{
    /// <summary>A stable code such as <c>http_404</c> or <c>node_timeout</c>; see <c>docs/nodes.md</c>.</summary>
    public required string Code { get; init; }

    /// <summary>A sentence: what is wrong, where, and what to do.</summary>
    public required string Message { get; init; }

    /// <summary>The node that failed; null on a step's own error.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NodeId { get; init; }

    /// <summary>The iteration it failed in; null outside of a <c>foreach</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Iteration { get; init; }

    /// <summary>More about the failure, such as a response's status and the start of its body.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Details { get; init; }
}
