using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Llm;

/// <summary>The config of an <c>llm</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record LlmConfig
{
    /// <summary>The model, or <c>connection/model</c>.</summary>
    public string Model { get; set; } = "";

    /// <summary>The connection; null where the model's name tells it.</summary>
    public string? Provider { get; init; }

    /// <summary>The system prompt.</summary>
    public string? System { get; init; }

    /// <summary>What the user says, after <see cref="Messages"/>.</summary>
    public string? Prompt { get; init; }

    /// <summary>What was said before.</summary>
    public IReadOnlyList<LlmMessage>? Messages { get; init; }

    /// <summary>Images that go with the last thing the user says: URLs, or <c>{data, mediaType}</c>.</summary>
    public IReadOnlyList<JsonElement>? Images { get; init; }

    /// <summary>How much chance there is in the answer.</summary>
    public float? Temperature { get; init; }

    /// <summary>How much of the probability is chosen from.</summary>
    public float? TopP { get; init; }

    /// <summary>How many tokens are chosen from.</summary>
    public int? TopK { get; init; }

    /// <summary>The longest answer, in tokens.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How much what is frequent is avoided.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>How much what was there is avoided.</summary>
    public float? PresencePenalty { get; init; }

    /// <summary>Texts that end the answer.</summary>
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Makes answers repeatable, where the provider can.</summary>
    public long? Seed { get; init; }

    /// <summary>How much a reasoning model thinks.</summary>
    public LlmEffort? ReasoningEffort { get; init; }

    /// <summary>Asks for JSON.</summary>
    public LlmFormat? Output { get; init; }

    /// <summary>Whether the answer is streamed from the provider.</summary>
    public bool Stream { get; set; } = true;

    /// <summary>How long an attempt at the node may take, repair included.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>Something that was said before.</summary>
/// <param name="Role">Who said it.</param>
/// <param name="Content">What.</param>
internal sealed record LlmMessage(LlmRole Role, string Content);

/// <summary>Who says something.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LlmRole>))]
internal enum LlmRole
{
    [JsonStringEnumMemberName("user")] User,
    [JsonStringEnumMemberName("assistant")] Assistant,
    [JsonStringEnumMemberName("system")] System,
}

/// <summary>How much a reasoning model thinks.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LlmEffort>))]
internal enum LlmEffort
{
    [JsonStringEnumMemberName("none")] None,
    [JsonStringEnumMemberName("low")] Low,
    [JsonStringEnumMemberName("medium")] Medium,
    [JsonStringEnumMemberName("high")] High,
    [JsonStringEnumMemberName("max")] Max,
}

/// <summary>The form of the answer.</summary>
internal sealed record LlmFormat
{
    /// <summary><c>json</c>.</summary>
    public string Type { get; set; } = "json";

    /// <summary>The JSON schema that it must satisfy; undefined for any JSON.</summary>
    public JsonElement Schema { get; init; }
}

/// <summary>The output of an <c>llm</c> node.</summary>
internal sealed record LlmOutput
{
    /// <summary>The answer.</summary>
    public required string Text { get; init; }

    /// <summary>The same as JSON, where that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Json { get; init; }

    /// <summary>The tokens of all calls.</summary>
    public required LlmUsage Usage { get; init; }

    /// <summary>What all calls cost; null where that is unknown.</summary>
    public required decimal? CostUsd { get; init; }

    /// <summary>Why the model stopped.</summary>
    public required string? FinishReason { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The provider, by OpenTelemetry's name where it has one.</summary>
    public required string Provider { get; init; }

    /// <summary>True where no real model answered but the built-in demo.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Demo { get; init; }
}

/// <summary>Tokens in an output; cached ones are part of the input, reasoning is part of the output.</summary>
internal sealed record LlmUsage(long InputTokens, long OutputTokens, long CachedInputTokens, long ReasoningTokens, long TotalTokens);

/// <summary>The details of an answer that is not what was asked for.</summary>
internal sealed record LlmOutputProblems(string Text, IReadOnlyList<LlmOutputProblem> Problems);

/// <summary>What is wrong with an answer, and where.</summary>
internal sealed record LlmOutputProblem(string Pointer, string Message);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(LlmConfig))]
[JsonSerializable(typeof(LlmAnswer))]
[JsonSerializable(typeof(LlmOutput))]
[JsonSerializable(typeof(LlmOutputProblems))]
internal sealed partial class LlmJson : JsonSerializerContext;
