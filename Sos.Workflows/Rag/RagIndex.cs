namespace Sos.Workflows.Rag;

/// <summary>An index: documents, cut into chunks, that are found by their words and by their meaning.</summary>
public sealed record RagIndex
{
    /// <summary>The index's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workspace it belongs to.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>Its name, unique in the workspace.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The connection that embeds; null where the model's name says which.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that embeds.</summary>
    public required string Model { get; init; }

    /// <summary>The length of its vectors.</summary>
    public required int Dimensions { get; init; }

    /// <summary>The text search configuration that finds words: <c>english</c>, <c>german</c>, <c>simple</c> and so on.</summary>
    public required string Language { get; init; }

    /// <summary>The most tokens of a chunk, about.</summary>
    public required int ChunkTokens { get; init; }

    /// <summary>The tokens that a chunk repeats of the one before, about.</summary>
    public required int ChunkOverlap { get; init; }

    /// <summary><see cref="VectorStores.PgVector"/> or <see cref="VectorStores.Exact"/>.</summary>
    public required string VectorStore { get; init; }

    /// <summary>Rises whenever chunks change.</summary>
    public required long Revision { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its description or its chunks last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Where an index's vectors are searched.</summary>
public static class VectorStores
{
    /// <summary>pgvector's HNSW where the database has it (0.8 or newer), otherwise exact.</summary>
    public const string Auto = "auto";

    /// <summary>In PostgreSQL, by pgvector's HNSW index: approximate, and of any size.</summary>
    public const string PgVector = "pgvector";

    /// <summary>In the executor's memory: every vector is compared.</summary>
    public const string Exact = "exact";
}
