using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Executors.Rag.Search;
using Sos.Workflows.Models;

namespace Sos.Executors.Nodes.Rag;

/// <summary>The config of a <c>rag</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record RagConfig
{
    /// <summary>The index's name.</summary>
    public string Index { get; set; } = "";

    /// <summary>The question.</summary>
    public string Query { get; set; } = "";

    /// <summary>Whether to give the sources alone, or an answer from them.</summary>
    public RagMode Mode { get; init; }

    /// <summary>How many sources at most, 1 to 100.</summary>
    public int TopK { get; set; } = 5;

    /// <summary>Conditions on the documents' metadata.</summary>
    public JsonElement? Filter { get; init; }

    /// <summary>How sources are found.</summary>
    public SearchMode Search { get; init; }

    /// <summary>The least score of a source, 0 to 1.</summary>
    public double MinScore { get; init; }

    /// <summary>The chat model that answers.</summary>
    public string? Model { get; init; }

    /// <summary>Its connection; null where the model's name says which.</summary>
    public string? Provider { get; init; }

    /// <summary>What the model is told before the sources' rules.</summary>
    public string? System { get; init; }

    /// <summary>The model's temperature.</summary>
    public float? Temperature { get; init; }

    /// <summary>The most tokens of the answer.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>What a <c>rag</c> node gives.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RagMode>))]
internal enum RagMode
{
    /// <summary>The sources.</summary>
    [JsonStringEnumMemberName("retrieve")] Retrieve,

    /// <summary>The sources, and an answer that a model gives from them.</summary>
    [JsonStringEnumMemberName("answer")] Answer,
}

/// <summary>The output of a <c>rag</c> node.</summary>
internal sealed record RagOutput
{
    public required IReadOnlyList<RagSource> Sources { get; init; }
    public string? Answer { get; init; }
    public IReadOnlyList<RagCitation>? Citations { get; init; }
    public IReadOnlyList<int>? InvalidCitations { get; init; }
    public required RagUsage Usage { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required decimal? CostUsd { get; init; }

    /// <summary>What answered; null where no model was asked.</summary>
    public RagAnswerer? AnsweredBy { get; init; }

    /// <summary>What embedded the question; null where words alone were searched for.</summary>
    public RagEmbedder? EmbeddedBy { get; init; }
}

/// <summary>What a model is shown that calls the node as a tool.</summary>
internal sealed record RagFindings(string? Answer, IReadOnlyList<RagFinding> Sources);

/// <summary>A passage as such a model is shown it.</summary>
internal sealed record RagFinding(int Number, string Title, IReadOnlyList<string> Headings, string Text);

/// <summary>A chunk that was found; <paramref name="Number"/> is what an answer cites it by.</summary>
internal sealed record RagSource(
    int Number, Guid ChunkId, Guid DocumentId, string? Title, string Source, IReadOnlyList<string> Headings, string Text, int Start, int End, double Score, RagRanks Ranks, JsonElement Metadata);

/// <summary>A source's places in the two halves of the search.</summary>
internal sealed record RagRanks(HalfRank? Text, HalfRank? Vector);

/// <summary>A source that the answer cites.</summary>
internal sealed record RagCitation(int Number, Guid ChunkId);

/// <summary>The tokens of embedding and answering together.</summary>
internal sealed record RagUsage(long InputTokens, long OutputTokens, long TotalTokens)
{
    public static RagUsage Of(TokenUsage usage) => new(usage.InputTokens, usage.OutputTokens, usage.TotalTokens);
}

/// <summary>The model that answered; <paramref name="IsDemo"/> for the built-in one that knows nothing.</summary>
internal sealed record RagAnswerer(string Provider, string Model, bool IsDemo);

/// <summary>The model that embedded; <paramref name="IsLocal"/> for the built-in one that compares spelling, not meaning.</summary>
internal sealed record RagEmbedder(string Provider, string Model, bool IsLocal);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RagConfig))]
[JsonSerializable(typeof(RagOutput))]
[JsonSerializable(typeof(RagFindings))]
internal sealed partial class RagNodeJson : JsonSerializerContext;
