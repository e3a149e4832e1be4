using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;

namespace Sos.Executors.Engine;

/// <summary>JSON that the engine itself keeps with steps and events.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecutionError))]
[JsonSerializable(typeof(List<AttemptRecord>))]
[JsonSerializable(typeof(ForeachState))]
[JsonSerializable(typeof(ForeachOutput))]
[JsonSerializable(typeof(ChildrenState))]
[JsonSerializable(typeof(ChildSignal))]
[JsonSerializable(typeof(IReadOnlyList<JsonProblem>))]
[JsonSerializable(typeof(NodeEventContext))]
[JsonSerializable(typeof(RunEventContext))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>), TypeInfoPropertyName = "OutputsById")]
internal sealed partial class EngineJson : JsonSerializerContext
{
    public static System.Text.Json.JsonElement Null { get; } = System.Text.Json.JsonElement.Parse("null");

    public static System.Text.Json.JsonElement ToElement(ExecutionError error) => JsonSerializer.SerializeToElement(error, Default.ExecutionError);

    public static System.Text.Json.JsonElement ToElement(IReadOnlyList<JsonProblem> problems) => JsonSerializer.SerializeToElement(problems, Default.IReadOnlyListJsonProblem);
}

/// <summary>An attempt that failed.</summary>
internal sealed record AttemptRecord(int Attempt, DateTimeOffset StartedAt, double LatencyMs, ExecutionError Error, string? SpanId);

/// <summary>What an iterating node needs to go on after a crash.</summary>
internal sealed record ForeachState(IReadOnlyList<JsonElement> Items, int MaxConcurrency, bool ContinueOnError);

/// <summary>The output of an iterating node.</summary>
internal sealed record ForeachOutput(IReadOnlyList<JsonElement> Results, IReadOnlyList<ForeachItemError> Errors, int Succeeded, int Failed);

/// <summary>An item whose body failed.</summary>
internal sealed record ForeachItemError(int Index, string Code, string Message, string? NodeId);

/// <summary>The state of a node that waits for other workflows: which ones, beside what the node itself wants to see again.</summary>
internal sealed record ChildrenState([property: JsonPropertyName(ChildrenState.Mark)] IReadOnlyList<Guid> Children, JsonElement? State)
{
    public const string Mark = "$children";
}

/// <summary>What a node learns of the child that it waited for, and what the child's signal says.</summary>
internal sealed record ChildSignal(Guid ExecutionId, string Status, JsonElement? Output = null, JsonElement? Error = null, decimal? CostUsd = null);

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
