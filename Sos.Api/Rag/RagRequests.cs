using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>An index.</summary>
public sealed record RagIndexAnswer
{
    /// <summary>The index's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name, unique in the workspace.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The connection that embeds; null where the model's name says which.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that embeds.</summary>
    public required string Model { get; init; }

    /// <summary>Whether that is the built-in embedder, which compares spelling and no meaning.</summary>
    public required bool IsLocal { get; init; }

    /// <summary>The length of its vectors.</summary>
    public required int Dimensions { get; init; }

    /// <summary>PostgreSQL's text search configuration that finds words.</summary>
    public required string Language { get; init; }

    /// <summary>The most tokens of a chunk, about.</summary>
    public required int ChunkTokens { get; init; }

    /// <summary>The tokens that a chunk repeats of the one before, about.</summary>
    public required int ChunkOverlap { get; init; }

    /// <summary><c>pgvector</c> or <c>exact</c>.</summary>
    public required string VectorStore { get; init; }

    /// <summary>How many documents it has, pending and failed ones included.</summary>
    public required long Documents { get; init; }

    /// <summary>How many chunks can be found.</summary>
    public required long Chunks { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    internal static RagIndexAnswer Of(RagIndexAndSize found) => new()
    {
        Id = found.Index.Id,
        Name = found.Index.Name,
        Description = found.Index.Description,
        Provider = found.Index.Provider,
        Model = found.Index.Model,
        IsLocal = found.Index.Model is LocalEmbedder.Model or LocalEmbedder.Provider,
        Dimensions = found.Index.Dimensions,
        Language = found.Index.Language,
        ChunkTokens = found.Index.ChunkTokens,
        ChunkOverlap = found.Index.ChunkOverlap,
        VectorStore = found.Index.VectorStore,
        Documents = found.Documents,
        Chunks = found.Chunks,
        CreatedAt = found.Index.CreatedAt,
        UpdatedAt = found.Index.UpdatedAt,
    };
}

/// <summary>What to say of an index.</summary>
public sealed record ChangeRagIndexRequest
{
    /// <summary>What it is for; at most 2,000 characters.</summary>
    public string? Description { get; init; }
}

/// <summary>A document to be ingested, as JSON.</summary>
public sealed record RagUploadRequest
{
    /// <summary>Your own id of the document, such as a path or a URL; at most 500 characters. A document of the same source is replaced.</summary>
    public required string Source { get; init; }

    /// <summary>What it is called; left out for the content's own title.</summary>
    public string? Title { get; init; }

    /// <summary>The text's media type; <c>text/plain</c> where left out, and then the source's ending decides.</summary>
    public string? ContentType { get; init; }

    /// <summary>The content.</summary>
    public required string Text { get; init; }

    /// <summary>What filters can ask for: an object of at most 16 KiB.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>A document and the execution that ingests it.</summary>
public sealed record RagUploadAnswer
{
    /// <summary>The document, as it is now.</summary>
    public required RagDocument Document { get; init; }

    /// <summary>The execution that ingests it.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>The trace of that execution.</summary>
    public required string TraceId { get; init; }

    /// <summary>Where the execution stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>Why it failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExecutionError? Error { get; init; }
}

/// <summary>A question to an index.</summary>
public sealed record RagQueryRequest
{
    /// <summary>The question, in plain words; at most 8,000 characters.</summary>
    public required string Query { get; init; }

    /// <summary><c>retrieve</c> (the default) gives passages; <c>answer</c> also has <see cref="Model"/> answer from them.</summary>
    public string? Mode { get; init; }

    /// <summary>How many passages at most, 1 to 100; 5 where left out.</summary>
    public int? TopK { get; init; }

    /// <summary>Conditions on the documents' metadata.</summary>
    public JsonElement? Filter { get; init; }

    /// <summary><c>hybrid</c> (the default), <c>vector</c> or <c>text</c>.</summary>
    public string? Search { get; init; }

    /// <summary>The least score of a passage, 0 to 1.</summary>
    public double? MinScore { get; init; }

    /// <summary>The chat model that answers.</summary>
    public string? Model { get; init; }

    /// <summary>Its connection; left out where the model's name says which.</summary>
    public string? Provider { get; init; }

    /// <summary>What the model is told before the rules for citing.</summary>
    public string? System { get; init; }

    /// <summary>The model's temperature, 0 to 2.</summary>
    public double? Temperature { get; init; }

    /// <summary>The most tokens of the answer.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>What an index has on a question.</summary>
public sealed record RagQueryAnswer
{
    /// <summary>How the execution that asked ended.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>What a <c>rag</c> node gives: <c>sources</c> and, in mode <c>answer</c>, <c>answer</c> and <c>citations</c>; null when it failed.</summary>
    public required JsonElement? Output { get; init; }

    /// <summary>Why it failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExecutionError? Error { get; init; }

    /// <summary>The execution that asked.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>Its trace.</summary>
    public required string TraceId { get; init; }
}
