using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;

namespace Sos.Executors.Engine;

/// <summary>JSON that the engine itself keeps with steps and events.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecutionError))]
[JsonSerializable(typeof(List<AttemptRecord>))]
[JsonSerializable(typeof(ForeachState))]
[JsonSerializable(typeof(ForeachOutput))]
[JsonSerializable(typeof(ChildState))]
[JsonSerializable(typeof(ChildSignal))]
[JsonSerializable(typeof(NodeEventContext))]
[JsonSerializable(typeof(RunEventContext))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>), TypeInfoPropertyName = "OutputsById")]
internal sealed partial class EngineJson : JsonSerializerContext
{
    public static System.Text.Json.JsonElement Null { get; } = System.Text.Json.JsonElement.Parse("null");

    public static System.Text.Json.JsonElement ToElement(ExecutionError error) => JsonSerializer.SerializeToElement(error, Default.ExecutionError);
}

/// <summary>An attempt that failed.</summary>
internal sealed record AttemptRecord(int Attempt, DateTimeOffset StartedAt, double LatencyMs, ExecutionError Error, string? SpanId);

/// <summary>What an iterating node needs to go on after a crash.</summary>
internal sealed record ForeachState(IReadOnlyList<JsonElement> Items, int MaxConcurrency, bool ContinueOnError);

/// <summary>The output of an iterating node.</summary>
internal sealed record ForeachOutput(IReadOnlyList<JsonElement> Results, IReadOnlyList<ForeachItemError> Errors, int Succeeded, int Failed);

/// <summary>An item whose body failed.</summary>
internal sealed record ForeachItemError(int Index, string Code, string Message, string? NodeId);

/// <summary>What a node that called another workflow waits for.</summary>
internal sealed record ChildState(Guid ChildExecutionId);

/// <summary>What a node learns of the child that it waited for, and what the child's signal says.</summary>
internal sealed record ChildSignal(Guid ExecutionId, string Status, JsonElement? Output = null, JsonElement? Error = null);

/// <summary>The context of a node's event.</summary>
internal sealed record NodeEventContext
{
    public string? Type { get; init; }
    public int? Attempt { get; init; }
    public string? Branch { get; init; }
    public double? DelayMs { get; init; }
    public DateTimeOffset? Until { get; init; }
    public JsonElement? Error { get; init; }
}

/// <summary>The context of an execution's event.</summary>
internal sealed record RunEventContext
{
    public int? Attempt { get; init; }
    public int? Version { get; init; }
    public IReadOnlyList<string>? Before { get; init; }
    public DateTimeOffset? Until { get; init; }
    public JsonElement? Error { get; init; }
}
