namespace Sos.Workflows.Telemetry;

/// <summary>Names of spans and span attributes about indexes of documents.</summary>
public static class RagNames
{
    /// <summary>The span of a question.</summary>
    public const string Query = "rag.query";

    /// <summary>The span of an ingestion.</summary>
    public const string Ingest = "rag.ingest";

    /// <summary>Prefix of the span of looking into an index: <c>retrieval handbook</c>.</summary>
    public const string RetrievalPrefix = "retrieval ";

    /// <summary>The value of <c>gen_ai.operation.name</c> on it.</summary>
    public const string Retrieval = "retrieval";

#pragma warning disable CS1591 // each is documented once, in docs/telemetry.md
    public const string Index = "rag.index";
    public const string VectorStore = "rag.vector_store";
    public const string TopK = "rag.top_k";
    public const string Search = "rag.search";
    public const string SourcesFound = "rag.sources_found";
    public const string LlmProvider = "rag.llm_provider";
    public const string Model = "rag.model";
    public const string TokensUsed = "rag.tokens_used";
    public const string DocumentId = "rag.document.id";
    public const string DocumentSource = "rag.document.source";
    public const string DocumentChange = "rag.document.change";
    public const string Chunks = "rag.chunks";
    public const string ChunksEmbedded = "rag.chunks_embedded";
    public const string DataSourceId = "gen_ai.data_source.id";
#pragma warning restore CS1591
}
