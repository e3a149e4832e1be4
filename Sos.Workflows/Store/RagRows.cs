using Npgsql;
using Sos.Workflows.Rag;

namespace Sos.Workflows.Store;

/// <summary>A row of <c>rag_documents</c>, for executors.</summary>
public static class RagDocumentRow
{
    /// <summary>The columns that <see cref="Read"/> reads, in its order.</summary>
    public const string Columns = RagRows.DocumentColumns;

    /// <summary>Reads a row.</summary>
    public static RagDocument Read(NpgsqlDataReader reader) => RagRows.ReadDocument(reader);
}

/// <summary>How rows of indexes and documents are written and read, by the API and by executors.</summary>
internal static class RagRows
{
    public const string IndexColumns =
        "id, workspace_id, name, description, embedding_provider, embedding_model, dimensions, language, chunk_tokens, chunk_overlap, vector_store, revision, created_at, updated_at";

    /// <summary>Makes an index, and nothing where its name is taken.</summary>
    public const string InsertIndex = """
        insert into rag_indexes (id, workspace_id, name, description, embedding_provider, embedding_model, dimensions, language, chunk_tokens, chunk_overlap)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (workspace_id, name) do nothing returning id
        """;

    public const string DocumentColumns =
        "id, source, title, content_type, metadata, status, error, characters, tokens, chunks, created_at, updated_at, ingested_at";

    public static NpgsqlBatchCommand WithIndex(this NpgsqlBatchCommand command, RagIndex index) => command
        .With(index.Id).With(index.WorkspaceId).With(index.Name).With(index.Description).With(index.Provider).With(index.Model)
        .With(index.Dimensions).With(index.Language).With(index.ChunkTokens).With(index.ChunkOverlap);

    public static RagIndex ReadIndex(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        WorkspaceId = reader.GetGuid(1),
        Name = reader.GetString(2),
        Description = reader.TextOrNull(3),
        Provider = reader.TextOrNull(4),
        Model = reader.GetString(5),
        Dimensions = reader.GetInt32(6),
        Language = reader.GetString(7),
        ChunkTokens = reader.GetInt32(8),
        ChunkOverlap = reader.GetInt32(9),
        VectorStore = reader.GetString(10),
        Revision = reader.GetInt64(11),
        CreatedAt = reader.Time(12),
        UpdatedAt = reader.Time(13),
    };

    public static RagDocument ReadDocument(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Source = reader.GetString(1),
        Title = reader.TextOrNull(2),
        ContentType = reader.GetString(3),
        Metadata = Jsonb.Read(reader, 4)!.Value,
        Status = reader.GetString(5),
        Error = reader.Error(6),
        Characters = reader.GetInt32(7),
        Tokens = reader.GetInt32(8),
        Chunks = reader.GetInt32(9),
        CreatedAt = reader.Time(10),
        UpdatedAt = reader.Time(11),
        IngestedAt = reader.TimeOrNull(12),
    };
}
