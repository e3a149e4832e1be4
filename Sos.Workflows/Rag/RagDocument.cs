using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Rag;

/// <summary>A document of an index.</summary>
public sealed record RagDocument
{
    /// <summary>The document's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The user's own id, unique in the index: a path, a URL, a number.</summary>
    public required string Source { get; init; }

    /// <summary>What it is called.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Title { get; init; }

    /// <summary>Its media type.</summary>
    public required string ContentType { get; init; }

    /// <summary>What filters can ask for.</summary>
    public required JsonElement Metadata { get; init; }

    /// <summary><c>pending</c>, <c>ready</c> or <c>failed</c>; the chunks of an earlier content are found until new ones replace them.</summary>
    public required string Status { get; init; }

    /// <summary>Why its content could not be ingested.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExecutionError? Error { get; init; }

    /// <summary>The characters of its text.</summary>
    public required int Characters { get; init; }

    /// <summary>The tokens of its chunks, about.</summary>
    public required int Tokens { get; init; }

    /// <summary>How many chunks it has.</summary>
    public required int Chunks { get; init; }

    /// <summary>When it came first.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When its chunks were made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? IngestedAt { get; init; }
}

/// <summary>The states of a document.</summary>
public static class RagDocumentStatus
{
    /// <summary>Its content waits to be ingested.</summary>
    public const string Pending = "pending";

    /// <summary>Its content can be found.</summary>
    public const string Ready = "ready";

    /// <summary>Its content could not be ingested.</summary>
    public const string Failed = "failed";
}
