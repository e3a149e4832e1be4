namespace Sos.Workflows.Rag;

/// <summary>Bounds of indexes and documents.</summary>
public static class RagLimits
{
    /// <summary>The most bytes of a document.</summary>
    public const int DocumentBytes = 10 * 1024 * 1024;

    /// <summary>The most chunks of a document.</summary>
    public const int ChunksPerDocument = 20_000;

    /// <summary>The most characters of a document's source.</summary>
    public const int SourceLength = 500;

    /// <summary>The most characters of a title.</summary>
    public const int TitleLength = 500;

    /// <summary>The most bytes of a document's metadata as JSON.</summary>
    public const int MetadataBytes = 16 * 1024;

    /// <summary>The most characters of a question.</summary>
    public const int QueryLength = 8_000;

    /// <summary>The most chunks that a question gets.</summary>
    public const int TopK = 100;
}
