using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Agent;

/// <summary>The context of a <c>tool_executed</c> event.</summary>
internal sealed record ToolEvent(string Tool, string? Kind, string CallId, int ResultSize, string? Error, Guid? ExecutionId);

/// <summary>The context of an <c>agent_completed</c> event.</summary>
internal sealed record AgentEvent(string Agent, string Model, int Iterations, int ToolCalls, long TokensUsed, decimal? CostUsd, string? Error);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ToolEvent))]
[JsonSerializable(typeof(AgentEvent))]
internal sealed partial class AgentEventJson : JsonSerializerContext;
