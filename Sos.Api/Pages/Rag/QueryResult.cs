using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Api.Pages.Rag;

/// <summary>What an index has on a question, as the node <c>rag</c> gives it.</summary>
public sealed record QueryResult
{
    /// <summary>The passages, best first.</summary>
    public required IReadOnlyList<QuerySource> Sources { get; init; }

    /// <summary>What embedded the question; null where words alone were searched for.</summary>
    public QueryEmbedder? EmbeddedBy { get; init; }

    /// <summary>Reads an output; null where it is none of an answered question.</summary>
    public static QueryResult? Read(JsonElement? output)
    {
        try
        {
            return output?.Deserialize(QueryJson.Default.QueryResult);
        }
        catch (JsonException)
        {
            return null; // of a workflow that somebody saved under the same name
        }
    }
}

/// <summary>A passage.</summary>
public sealed record QuerySource
{
    /// <summary>Its place, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Its chunk.</summary>
    public required Guid ChunkId { get; init; }

    /// <summary>Its document.</summary>
    public required Guid DocumentId { get; init; }

    /// <summary>The document's title.</summary>
    public string? Title { get; init; }

    /// <summary>The document's source.</summary>
    public required string Source { get; init; }

    /// <summary>What it stands under.</summary>
    public required IReadOnlyList<string> Headings { get; init; }

    /// <summary>Its text.</summary>
    public required string Text { get; init; }

    /// <summary>Where it begins in the document's text.</summary>
    public required int Start { get; init; }

    /// <summary>The character after its last.</summary>
    public required int End { get; init; }

    /// <summary>Its score, up to 1.</summary>
    public required double Score { get; init; }

    /// <summary>Its places in the two halves of the search.</summary>
    public required QueryRanks Ranks { get; init; }
}

/// <summary>A passage's places; null where a half did not find it, or was not asked.</summary>
/// <param name="Text">By words.</param>
/// <param name="Vector">By vectors.</param>
public sealed record QueryRanks(QueryRank? Text, QueryRank? Vector);

/// <summary>A place, from 1, and what it was given for.</summary>
/// <param name="Rank">The place.</param>
/// <param name="Score">The score in this half.</param>
public sealed record QueryRank(int Rank, double Score);

/// <summary>What embedded a question.</summary>
/// <param name="Model">The model.</param>
/// <param name="IsLocal">Whether it is the built-in one.</param>
public sealed record QueryEmbedder(string Model, bool IsLocal);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectRequiredConstructorParameters = false, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(QueryResult))]
internal sealed partial class QueryJson : JsonSerializerContext;
