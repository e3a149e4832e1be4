using System.Text.Json.Serialization;

namespace Sos.Executors.Rag.Search;

/// <summary>What an index is asked.</summary>
internal sealed record RagQuestion
{
    /// <summary>The question.</summary>
    public required string Text { get; init; }

    /// <summary>How chunks are found.</summary>
    public SearchMode Mode { get; init; }

    /// <summary>How many chunks are wanted, 1 to 100.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>Which documents may answer; null for all.</summary>
    public MetadataFilter? Filter { get; init; }

    /// <summary>The least score of a chunk, up to 1, see <see cref="FoundChunk.Score"/>; 0 for any.</summary>
    public double MinScore { get; init; }
}

/// <summary>How chunks are found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SearchMode>))]
internal enum SearchMode
{
    /// <summary>By words and by vectors, the two rankings fused.</summary>
    [JsonStringEnumMemberName("hybrid")] Hybrid,

    /// <summary>By vectors alone.</summary>
    [JsonStringEnumMemberName("vector")] Vector,

    /// <summary>By words alone.</summary>
    [JsonStringEnumMemberName("text")] Text,
}

internal static class SearchModes
{
    public static string Name(this SearchMode mode) => mode switch { SearchMode.Vector => "vector", SearchMode.Text => "text", _ => "hybrid" };
}

/// <summary>A chunk and its place in one ranking.</summary>
/// <param name="ChunkId">The chunk.</param>
/// <param name="Score">How well it fits: 0 to 1 by words, -1 to 1 by the vectors' cosine.</param>
internal readonly record struct Ranked(Guid ChunkId, double Score);

/// <summary>Why a chunk stands where it does: its place, from 1, and score in one half of the search.</summary>
internal sealed record HalfRank(int Rank, double Score);

/// <summary>A chunk that answers.</summary>
internal sealed record FoundChunk
{
    /// <summary>The chunk.</summary>
    public required Guid ChunkId { get; init; }

    /// <summary>Its document.</summary>
    public required Guid DocumentId { get; init; }

    /// <summary>The document's source.</summary>
    public required string Source { get; init; }

    /// <summary>The document's title.</summary>
    public string? Title { get; init; }

    /// <summary>What it stands under.</summary>
    public required string[] Headings { get; init; }

    /// <summary>Its text.</summary>
    public required string Text { get; init; }

    /// <summary>Its characters in the document's text.</summary>
    public required int Start { get; init; }

    /// <summary>The character after its last.</summary>
    public required int End { get; init; }

    /// <summary>The document's metadata.</summary>
    public required System.Text.Json.JsonElement Metadata { get; init; }

    /// <summary>0 to 1: in hybrid search 1 is the first place in both rankings; otherwise the score of the one ranking there is.</summary>
    public required double Score { get; init; }

    /// <summary>Its place by words; null where it was not found so.</summary>
    public HalfRank? ByText { get; init; }

    /// <summary>Its place by vectors.</summary>
    public HalfRank? ByVector { get; init; }
}
