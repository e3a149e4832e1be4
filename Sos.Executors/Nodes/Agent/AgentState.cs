using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using Sos.Workflows.Json;
using Sos.Workflows.Models;

namespace Sos.Executors.Nodes.Agent;

/// <summary>
/// How far an agent has come: everything that it needs to go on in another process without asking the model or a tool
/// for the same thing again.
/// </summary>
internal sealed class AgentState
{
    /// <summary>When it was first started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The conversation without the system message: what is remembered, the task, answers and results.</summary>
    public List<ChatMessage> Messages { get; init; } = [];

    /// <summary>Calls of the model so far.</summary>
    public int Iterations { get; set; }

    /// <summary>Their tokens.</summary>
    public TokenUsage Usage { get; set; } = TokenUsage.None;

    /// <summary>Their cost, as far as it is known.</summary>
    public decimal CostUsd { get; set; }

    /// <summary>The first model whose call has no known price; null while the cost of every call is known.</summary>
    public string? UnpricedModel { get; set; }

    /// <summary>The cost of all calls; null where that of one is unknown.</summary>
    public decimal? KnownCostUsd => UnpricedModel is null ? CostUsd : null;

    /// <summary>The tool calls of the last answer, until all have a result.</summary>
    public List<ToolCall> Pending { get; init; } = [];

    /// <summary>What has been done, in order, for <c>agent_trace_history</c>.</summary>
    public List<AgentStep> Steps { get; init; } = [];

    /// <summary>How many tool calls have come to an end.</summary>
    public int ToolCallsMade => Steps.Count(s => s.Kind == "tool");

    /// <summary>Whether the model was told once that its answer does not fit.</summary>
    public bool Repaired { get; set; }

    // A jsonb column puts properties into an order of its own.
    private static readonly JsonTypeInfo MessagesJson =
        new JsonSerializerOptions(AIJsonUtilities.DefaultOptions) { AllowOutOfOrderMetadataProperties = true }.GetTypeInfo(typeof(List<ChatMessage>));

    /// <summary>Reads a state that was saved.</summary>
    public static AgentState Read(JsonElement json)
    {
        var saved = json.Deserialize(AgentStateJson.Default.SavedAgent)!;
        return new AgentState
        {
            StartedAt = saved.StartedAt,
            Messages = (List<ChatMessage>?)saved.Messages.Deserialize(MessagesJson) ?? [],
            Iterations = saved.Iterations,
            Usage = saved.Usage,
            CostUsd = saved.CostUsd,
            UnpricedModel = saved.UnpricedModel,
            Pending = saved.Pending,
            Steps = saved.Steps,
            Repaired = saved.Repaired,
        };
    }

    /// <summary>The state to be saved.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(
        new SavedAgent
        {
            StartedAt = StartedAt,
            Messages = JsonSerializer.SerializeToElement(Messages, MessagesJson),
            Iterations = Iterations,
            Usage = Usage,
            CostUsd = CostUsd,
            UnpricedModel = UnpricedModel,
            Pending = Pending,
            Steps = Steps,
            Repaired = Repaired,
        },
        AgentStateJson.Default.SavedAgent);
}

/// <summary>A tool call that the model has made.</summary>
internal sealed record ToolCall
{
    /// <summary>The call's id, as the provider gave it.</summary>
    public required string Id { get; init; }

    /// <summary>Its place in the agent's run, such as <c>2.0</c> for the first of the second iteration; the same whenever it is repeated.</summary>
    public required string Key { get; init; }

    /// <summary>The tool, as the model named it.</summary>
    public required string Name { get; init; }

    /// <summary>The arguments.</summary>
    public required JsonElement Arguments { get; init; }

    /// <summary>Why the arguments could not be read; null where they could.</summary>
    public string? Problem { get; init; }

    /// <summary>When it was begun.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>The execution that does the work, for a workflow.</summary>
    public Guid? ExecutionId { get; set; }

    /// <summary>What came of it; null until it is done.</summary>
    public ToolResult? Result { get; set; }
}

/// <summary>What came of a tool call.</summary>
/// <param name="Content">What the model is shown: any JSON; a string as text.</param>
/// <param name="ErrorCode">A stable code where it failed; null where it did not.</param>
internal sealed record ToolResult(JsonElement Content, string? ErrorCode = null)
{
    /// <summary>A failure that the model is told.</summary>
    public static ToolResult Failed(string code, string message) => Failed(new NodeError(code, message));

    /// <summary>A failure that the model is told.</summary>
    public static ToolResult Failed(NodeError error) =>
        new(JsonSerializer.SerializeToElement(new ToolFailure(error.Code, StorableJson.Clean(error.Message)), AgentStateJson.Default.ToolFailure), error.Code) { Error = error };

    /// <summary>What a tool has spent and written; taken over with the result.</summary>
    [JsonIgnore]
    public NodeRecordBatch? Records { get; init; }

    /// <summary>What the tool has spent that was written before it ended.</summary>
    [JsonIgnore]
    public ToolSpending Spent { get; init; } = ToolSpending.None;

    /// <summary>The tool's own error, where a node's retry may go by it.</summary>
    [JsonIgnore]
    public NodeError? Error { get; init; }

    /// <summary>The content as text: what a model is shown has no more escapes than it needs.</summary>
    [JsonIgnore]
    public string Text
    {
        get
        {
            if (Content.ValueKind == JsonValueKind.String)
                return Content.GetString()!;
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer, Readable))
                Content.WriteTo(writer);
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
    }

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>What a tool has spent on models of its own; counts against the agent's limits.</summary>
internal sealed record ToolSpending(TokenUsage Usage, decimal CostUsd, string? UnpricedModel)
{
    public static ToolSpending None { get; } = new(TokenUsage.None, 0, null);

    public static ToolSpending operator +(ToolSpending left, ToolSpending right) =>
        new(left.Usage + right.Usage, left.CostUsd + right.CostUsd, left.UnpricedModel ?? right.UnpricedModel);

    public static ToolSpending Of(NodeRecordBatch? records) => (records?.ModelCalls ?? []).Aggregate(None, (sum, call) => new ToolSpending(
        sum.Usage + call.Row.Usage, sum.CostUsd + (call.Row.CostUsd ?? 0), sum.UnpricedModel ?? (call.Row.CostUsd is null ? call.Row.Model : null)));
}

/// <summary>How a model is told of a failure.</summary>
internal sealed record ToolFailure(string Error, string Message);

/// <summary>One thing that an agent did.</summary>
internal sealed record AgentStep
{
    /// <summary>In which iteration, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary><c>model</c> or <c>tool</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The model or the tool.</summary>
    public required string Name { get; init; }

    /// <summary><c>completed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
    public double? LatencyMs { get; init; }
    public string? SpanId { get; init; }
    public string? CallId { get; init; }
    public string? ErrorCode { get; init; }
    public long? InputTokens { get; init; }
    public long? OutputTokens { get; init; }
    public decimal? CostUsd { get; init; }
    public string? FinishReason { get; init; }
    public Guid? ExecutionId { get; init; }

    /// <summary>Only where the workspace keeps content.</summary>
    public string? Input { get; init; }

    /// <summary>Only where the workspace keeps content.</summary>
    public string? Output { get; init; }
}

/// <summary>An <see cref="AgentState"/> as it is stored.</summary>
internal sealed record SavedAgent
{
    public required DateTimeOffset StartedAt { get; init; }
    public required JsonElement Messages { get; init; }
    public required int Iterations { get; init; }
    public required TokenUsage Usage { get; init; }
    public required decimal CostUsd { get; init; }
    public string? UnpricedModel { get; init; }
    public required List<ToolCall> Pending { get; init; }
    public required List<AgentStep> Steps { get; init; }
    public required bool Repaired { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedAgent))]
[JsonSerializable(typeof(ToolFailure))]
[JsonSerializable(typeof(List<AgentStep>))]
[JsonSerializable(typeof(AgentInput))]
internal sealed partial class AgentStateJson : JsonSerializerContext;

/// <summary>What an agent was given, for <c>agent_trace_history</c>.</summary>
internal sealed record AgentInput
{
    public required string Model { get; init; }
    public string? Provider { get; init; }
    public required string Type { get; init; }
    public required IReadOnlyList<string> Tools { get; init; }
    public string? Conversation { get; init; }
    public required int PromptCharacters { get; init; }

    /// <summary>Only where the workspace keeps content.</summary>
    public string? Instructions { get; init; }

    /// <summary>Only where the workspace keeps content.</summary>
    public string? Prompt { get; init; }
}
