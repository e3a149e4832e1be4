namespace Sos.Workflows.Rag;

/// <summary>The built-in embedder: hashed words and letter sequences, computed in the executor, no understanding.</summary>
public static class LocalEmbedder
{
    /// <summary>The provider's name.</summary>
    public const string Provider = "local";

    /// <summary>The model's name.</summary>
    public const string Model = "local-hash-384";

    /// <summary>The length of its vectors.</summary>
    public const int Dimensions = 384;
}
