using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Sos.Executors.Engine;
using Sos.Executors.Models;
using Sos.Executors.Rag.Ingest;
using Sos.Executors.Rag.Search;
using Sos.Workflows.Store;

namespace Sos.Executors.Rag;

/// <summary>Registers what ingests and searches.</summary>
internal static class RagServices
{
    /// <summary>Adds indexes; they work on the executor's database.</summary>
    public static IServiceCollection AddRag(this IServiceCollection services)
    {
        services.AddOptions<RagOptions>().BindConfiguration(RagOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(provider => Create(
            provider.GetRequiredService<ExecutorStore>().DataSource,
            provider.GetRequiredService<RagModels>(),
            provider.GetRequiredService<IOptions<RagOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider =>
        {
            var calls = provider.GetRequiredService<ModelCalls>();
            return new RagModels(calls.EmbedAsync, calls.ChatAsync);
        });
        return services;
    }

    /// <summary>Puts the parts together.</summary>
    public static RagParts Create(NpgsqlDataSource dataSource, RagModels models, RagOptions options, TimeProvider time)
    {
        var claims = new IngestClaims(dataSource);
        var matrices = new MatrixCache(dataSource, options);
        return new RagParts(
            new RagIndexes(dataSource, time),
            new IngestDocuments(dataSource),
            new DocumentIngest(claims, new ChunkEmbeddings(dataSource, claims, models), new DocumentChunks(dataSource)),
            new RagSearch(dataSource, new TextSearch(dataSource), new VectorSearch(dataSource, matrices), models),
            matrices,
            models);
    }
}

/// <summary>What nodes do with indexes.</summary>
internal sealed record RagParts(RagIndexes Indexes, IngestDocuments Documents, DocumentIngest Ingest, RagSearch Search, MatrixCache Matrices, RagModels Models);
