using Microsoft.Extensions.AI;
using Sos.Executors.Rag.Chunking;
using Sos.Workflows.Rag;

namespace Sos.Executors.Models.Providers.Local;

/// <summary>The local embedder behind the interface that all embedders have.</summary>
internal sealed class LocalEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private static readonly EmbeddingGeneratorMetadata Metadata =
        new(LocalEmbedder.Provider, providerUri: null, LocalEmbedder.Model, LocalEmbedder.Dimensions);

    /// <inheritdoc/>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        long tokens = 0;
        foreach (var text in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var vector = new float[LocalEmbedder.Dimensions];
            HashedFeatures.Embed(text, vector);
            embeddings.Add(new Embedding<float>(vector) { ModelId = LocalEmbedder.Model });
            tokens += TokenCount.Of(text);
        }
        embeddings.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
        return Task.FromResult(embeddings);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <inheritdoc/>
    public void Dispose() { }
}
