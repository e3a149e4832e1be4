using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Models.Calls;

/// <summary>The context of events about model calls; never content.</summary>
internal sealed record ModelEventContext
{
    public required string Operation { get; init; }

    public required string Provider { get; init; }

    public required string Connection { get; init; }

    public required string Model { get; init; }

    public string? ResponseModel { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? CachedInputTokens { get; init; }

    public long? CacheWriteTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    public decimal? CostUsd { get; init; }

    public string? FinishReason { get; init; }

    public string? Error { get; init; }

    public int? Attempts { get; init; }

    public bool? Demo { get; init; }

    public IReadOnlyList<string>? Options { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelEventContext))]
internal sealed partial class ModelJson : JsonSerializerContext;
