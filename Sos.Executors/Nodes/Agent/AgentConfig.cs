using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Agent;

/// <summary>The config of an <c>agent</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record AgentConfig
{
    /// <summary>The agent's name, under which it is traced, charged and remembers; null for the node's id.</summary>
    public string? Agent { get; init; }

    /// <summary>The model, as its provider calls it, or <c>connection/model</c>.</summary>
    public string Model { get; set; } = "";

    /// <summary>The provider connection; null where the model's name decides.</summary>
    public string? Provider { get; init; }

    /// <summary>How the model is told of tools.</summary>
    public AgentKind Type { get; set; } = AgentKind.ToolCalling;

    /// <summary>What the agent is and how it should work: the system message.</summary>
    public string? Instructions { get; init; }

    /// <summary>The task; what is not text is given as JSON.</summary>
    public JsonElement Prompt { get; init; }

    /// <summary>The tools. The engine leaves them out of a config, since they are evaluated when they are called: see <see cref="NodeContext.Tools"/>.</summary>
    public JsonElement Tools { get; init; }

    /// <summary>The task as text.</summary>
    internal string Task => Prompt.ValueKind == JsonValueKind.String ? Prompt.GetString()! : Prompt.GetRawText();

    /// <summary>What it remembers of earlier runs; null for nothing.</summary>
    public AgentMemory? Memory { get; init; }

    /// <summary>The conversation that it goes on with; null for none.</summary>
    internal string? Conversation => Memory is { Conversation.Length: > 0 } memory ? memory.Conversation : null;

    /// <summary>What the answer must be like; null for text.</summary>
    public AgentOutput? Output { get; init; }

    /// <summary>What it may use up.</summary>
    public AgentLimits Limits { get; set; } = new();

    /// <summary>What a failing tool does.</summary>
    public OnToolError OnToolError { get; set; } = OnToolError.Tell;

    /// <summary>Whether tools that the model calls together run at the same time.</summary>
    public bool ParallelTools { get; set; } = true;

    /// <summary>How much of a tool's result the model is shown, in characters.</summary>
    public int MaxToolResult { get; set; } = 32_000;

    /// <summary>The model's temperature.</summary>
    public double? Temperature { get; init; }

    /// <summary>The model's nucleus sampling.</summary>
    public double? TopP { get; init; }

    /// <summary>The most tokens of one answer.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The model's seed.</summary>
    public long? Seed { get; init; }
}

/// <summary>How a model is told of tools.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AgentKind>))]
internal enum AgentKind
{
    /// <summary>By the provider's own tool calling.</summary>
    [JsonStringEnumMemberName("tool_calling")]
    ToolCalling,

    /// <summary>In words, for models without tool calling: thought, action, observation.</summary>
    [JsonStringEnumMemberName("react")]
    React,
}

/// <summary>What a failing tool does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OnToolError>))]
internal enum OnToolError
{
    /// <summary>The model is told, and goes on.</summary>
    [JsonStringEnumMemberName("tell")]
    Tell,

    /// <summary>The node fails.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,
}

/// <summary>A conversation that goes on over many executions.</summary>
internal sealed record AgentMemory
{
    /// <summary>The user's own id for the conversation; empty for none.</summary>
    public string Conversation { get; set; } = "";

    /// <summary>How many of the latest messages the model sees.</summary>
    public int MaxMessages { get; set; } = 20;
}

/// <summary>An answer in JSON.</summary>
/// <param name="Schema">The JSON schema that it must satisfy.</param>
internal sealed record AgentOutput(JsonElement Schema);

/// <summary>What an agent may use up before it is stopped.</summary>
internal sealed record AgentLimits
{
    /// <summary>Calls of the model.</summary>
    public int Iterations { get; set; } = 10;

    /// <summary>Tokens of all calls together; null for no limit.</summary>
    public long? Tokens { get; init; }

    /// <summary>US dollars of all calls together; null for no limit.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Time from the first start, waits included; null for no limit.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? Time { get; init; }
}

/// <summary>A tool, or several of one server, as written in the definition.</summary>
internal sealed record AgentToolConfig
{
    /// <summary><c>workflow</c>, <c>mcp</c>, or a node type.</summary>
    public string Type { get; set; } = "";

    /// <summary>The name by which the model calls it.</summary>
    public string? Name { get; init; }

    /// <summary>What it does, for the model.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON schema of its arguments.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>For a node type: its config, whose expressions see <c>args</c>.</summary>
    public JsonElement? Config { get; init; }

    /// <summary>For <c>workflow</c>: its id or name.</summary>
    public string? Workflow { get; init; }

    /// <summary>For <c>workflow</c>: its version; null for the latest.</summary>
    public int? Version { get; init; }

    /// <summary>For <c>mcp</c>: a configured server.</summary>
    public string? Server { get; init; }

    /// <summary>For <c>mcp</c>: a server's address.</summary>
    public string? Url { get; init; }

    /// <summary>For <c>mcp</c> with an address: headers.</summary>
    public Dictionary<string, string>? Headers { get; init; }

    /// <summary>For <c>mcp</c>: which of its tools; null for all.</summary>
    public IReadOnlyList<string>? Tools { get; init; }
}

/// <summary>The output of an <c>agent</c> node.</summary>
internal sealed record AgentResult
{
    public required string Text { get; init; }
    public JsonElement? Json { get; init; }
    public required int Iterations { get; init; }
    public required IReadOnlyList<AgentToolUse> ToolCalls { get; init; }
    public required AgentUsage Usage { get; init; }
    public decimal? CostUsd { get; init; }
    public required string Agent { get; init; }
    public required string Model { get; init; }
    public required string Provider { get; init; }
    public string? FinishReason { get; init; }
    public string? Conversation { get; init; }
    public bool? Demo { get; init; }
}

/// <summary>A tool call in the output.</summary>
internal sealed record AgentToolUse(string Tool, string Status, int Iteration);

/// <summary>Tokens in the output.</summary>
internal sealed record AgentUsage(long InputTokens, long OutputTokens, long CachedInputTokens, long ReasoningTokens, long TotalTokens);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(AgentConfig))]
[JsonSerializable(typeof(AgentToolConfig))]
[JsonSerializable(typeof(AgentResult))]
internal sealed partial class AgentJson : JsonSerializerContext;
