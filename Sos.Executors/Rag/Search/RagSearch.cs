using Npgsql;
using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Executors.Rag.Ingest;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Rag.Search;

/// <summary>Finds the chunks that answer a question, by words, by vectors, or by both.</summary>
internal sealed class RagSearch(NpgsqlDataSource dataSource, TextSearch byText, VectorSearch byVector, RagModels models, GenAiConventions conventions)
{
    /// <summary>The best chunks, best first.</summary>
    /// <exception cref="ModelCallException">The embedder failed.</exception>
    /// <exception cref="RagException">The index can't be searched so.</exception>
    public async Task<Retrieval> FindAsync(RagIndex index, RagQuestion question, NodeContext context, CancellationToken cancellationToken)
    {
        // Places far down in one ranking still count when a chunk is high in the other.
        var depth = question.Mode == SearchMode.Hybrid ? Math.Clamp(question.TopK * 4, 50, 200) : question.TopK;
        EmbeddingReply? embedded = null;
        float[] vector = [];
        if (question.Mode != SearchMode.Text)
        {
            embedded = await models.Embed(
                new EmbeddingCall { Provider = index.Provider, Model = index.Model, Inputs = [question.Text], Dimensions = ChunkEmbeddings.RequestedDimensions(index) },
                context, cancellationToken);
            ChunkEmbeddings.Check(index, embedded, 1);
            vector = UnitVector.Of(embedded.Vectors[0].Span);
        }

        using var span = RagTelemetry.StartRetrieval(context, index, question.TopK, embedded, conventions);
        try
        {
            var words = question.Mode != SearchMode.Vector ? await byText.FindAsync(index, question, depth, cancellationToken) : [];
            var vectors = question.Mode != SearchMode.Text ? await byVector.FindAsync(index, vector, question.Filter, depth, cancellationToken) : [];
            var ranked = question.Mode switch
            {
                SearchMode.Text => words.Select((r, i) => new Fused(r.ChunkId, r.Score, new HalfRank(i + 1, r.Score), null)),
                SearchMode.Vector => vectors.Select((r, i) => new Fused(r.ChunkId, r.Score, null, new HalfRank(i + 1, r.Score))),
                _ => RankFusion.Fuse(words, vectors),
            };
            var best = ranked.Where(r => question.MinScore <= 0 || r.Score >= question.MinScore).Take(question.TopK).ToList();
            var found = await ReadAsync(index, best, cancellationToken);
            span?.SetTag(RagNames.SourcesFound, found.Count);
            return new Retrieval(found, embedded);
        }
        catch (Exception e)
        {
            RagTelemetry.Fail(span, (e as RagException)?.Error.Code ?? e.GetType().Name, e is RagException ? e.Message : null);
            throw;
        }
    }

    private async Task<IReadOnlyList<FoundChunk>> ReadAsync(RagIndex index, List<Fused> ranked, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select c.id, c.document_id, d.source, d.title, c.headings, c.text, c.start_at, c.end_at, d.metadata
            from rag_chunks c join rag_documents d on d.id = c.document_id
            where c.id = any ($1) and c.index_id = $2
            """);
        command.Parameters.AddWithValue(ranked.Select(r => r.ChunkId).ToArray());
        command.Parameters.AddWithValue(index.Id);
        var rows = new Dictionary<Guid, FoundChunk>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows[reader.GetGuid(0)] = new FoundChunk
            {
                ChunkId = reader.GetGuid(0),
                DocumentId = reader.GetGuid(1),
                Source = reader.GetString(2),
                Title = await reader.IsDBNullAsync(3, cancellationToken) ? null : reader.GetString(3),
                Headings = reader.GetFieldValue<string[]>(4),
                Text = reader.GetString(5),
                Start = reader.GetInt32(6),
                End = reader.GetInt32(7),
                Metadata = Jsonb.Read(reader, 8)!.Value,
                Score = 0,
            };
        }
        // A chunk that was replaced meanwhile is left out.
        return [.. ranked.Where(r => rows.ContainsKey(r.ChunkId)).Select(r => rows[r.ChunkId] with { Score = r.Score, ByText = r.ByText, ByVector = r.ByVector })];
    }
}

/// <summary>What was found.</summary>
/// <param name="Chunks">The chunks, best first.</param>
/// <param name="Embedding">The call that embedded the question; null where words alone were searched for.</param>
internal sealed record Retrieval(IReadOnlyList<FoundChunk> Chunks, EmbeddingReply? Embedding);
