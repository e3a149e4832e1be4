using Microsoft.Extensions.AI;
using Sos.Workflows.Rag;

namespace Sos.Executors.Models.Providers.Local;

/// <summary>The built-in embedder, so that indexes work without a key and a network. It has no chat model.</summary>
internal sealed class LocalProvider : ModelProvider
{
    /// <inheritdoc/>
    public override string Kind => LocalEmbedder.Provider;

    /// <inheritdoc/>
    public override bool IsBuiltIn => true;

    /// <inheritdoc/>
    public override IEmbeddingGenerator<string, Embedding<float>>? CreateEmbedder(ModelConnection connection, HttpClient http, string model) =>
        model is LocalEmbedder.Model or LocalEmbedder.Provider ? new LocalEmbeddingGenerator() : null;
}
