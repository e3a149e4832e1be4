using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Ingest;

/// <summary>
/// Gives chunks their vectors: those that the document has had already, or that an interrupted ingestion left behind,
/// are taken over; the rest is embedded, batch by batch, each kept at once.
/// </summary>
internal sealed class ChunkEmbeddings(NpgsqlDataSource dataSource, IngestClaims claims, RagModels models)
{
    private const int BatchTexts = 64;
    private const int BatchTokens = 60_000;

    /// <summary>Fills every chunk's vector.</summary>
    /// <exception cref="ModelCallException">The embedder failed.</exception>
    /// <exception cref="RagException">The embedder gives vectors of another length than the index has.</exception>
    public async Task<EmbeddingSum> FillAsync(RagIndex index, IngestClaim claim, IReadOnlyList<NewChunk> chunks, NodeContext context, CancellationToken cancellationToken)
    {
        var known = await ReadKnownAsync(index, claim, chunks, cancellationToken);
        var missing = chunks.Where(c => !known.ContainsKey(c.Hash)).DistinctBy(c => c.Hash).ToList();
        var sum = new EmbeddingSum(0, 0, 0);
        foreach (var batch in Batches(missing))
        {
            var reply = await models.Embed(
                new EmbeddingCall { Provider = index.Provider, Model = index.Model, Inputs = [.. batch.Select(c => c.EmbeddedText)], Dimensions = RequestedDimensions(index) },
                context, cancellationToken);
            Check(index, reply, batch.Count);
            for (var i = 0; i < batch.Count; i++)
                known[batch[i].Hash] = UnitVector.Of(reply.Vectors[i].Span);
            sum = new EmbeddingSum(sum.Embedded + batch.Count, sum.Tokens + reply.Usage.TotalTokens, sum.CostUsd + reply.CostUsd);
            await StageAsync(claim, batch, known, cancellationToken);
            await claims.RenewAsync(claim, cancellationToken);
            // What was paid is on record before more is paid.
            if (!reply.IsLocal)
                await context.SaveProgressAsync(JsonSerializer.SerializeToElement(new IngestProgress(sum.Embedded, missing.Count), RagJson.Default.IngestProgress), cancellationToken);
        }
        foreach (var chunk in chunks)
            chunk.Vector = known[chunk.Hash];
        return sum;
    }

    /// <summary>The length to ask for: only of models that are known to shorten their vectors.</summary>
    public static int? RequestedDimensions(RagIndex index) =>
        index.Model.Contains("text-embedding-3", StringComparison.Ordinal) ? index.Dimensions : null;

    /// <summary>Makes sure that vectors fit into the index.</summary>
    public static void Check(RagIndex index, EmbeddingReply reply, int count)
    {
        if (reply.Vectors.Count != count)
            throw new RagException("embedding_mismatch", $"The model '{index.Model}' gave {reply.Vectors.Count} vectors for {count} texts.");
        foreach (var other in reply.Vectors)
        {
            if (other.Length == index.Dimensions)
                continue;
            if (other.Length == 0)
                throw new RagException("embedding_mismatch", $"The model '{index.Model}' gave an empty vector for a text.");
            throw new RagException("embedding_mismatch", $"The model '{index.Model}' gives vectors of {other.Length} dimensions, but those of the index '{index.Name}' have {index.Dimensions}. Vectors of different models can't be compared: make an index with \"dimensions\": {other.Length}, and ingest the documents into it.");
        }
    }

    private static IEnumerable<List<NewChunk>> Batches(List<NewChunk> chunks)
    {
        var batch = new List<NewChunk>();
        var tokens = 0;
        foreach (var chunk in chunks)
        {
            if (batch.Count == BatchTexts || batch.Count > 0 && tokens + chunk.Chunk.Tokens > BatchTokens)
            {
                yield return batch;
                batch = [];
                tokens = 0;
            }
            batch.Add(chunk);
            tokens += chunk.Chunk.Tokens;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private async Task<Dictionary<ChunkHash, float[]>> ReadKnownAsync(RagIndex index, IngestClaim claim, IReadOnlyList<NewChunk> chunks, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select hash, embedding from rag_chunks where document_id = $1 and hash = any ($2)
            union all
            select hash, embedding from rag_staged_embeddings where document_id = $1 and hash = any ($2)
            """);
        command.Parameters.AddWithValue(claim.DocumentId);
        command.Parameters.AddWithValue(chunks.Select(c => c.Hash.Bytes).ToArray());
        var known = new Dictionary<ChunkHash, float[]>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var vector = new float[index.Dimensions];
            if (UnitVector.TryRead(reader.GetFieldValue<byte[]>(1), vector))
                known[new ChunkHash(reader.GetFieldValue<byte[]>(0))] = vector;
        }
        return known;
    }

    private async Task StageAsync(IngestClaim claim, List<NewChunk> batch, Dictionary<ChunkHash, float[]> vectors, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            insert into rag_staged_embeddings (document_id, hash, embedding)
            select d.id, s.hash, s.embedding from unnest($2, $3) as s(hash, embedding) join rag_documents d on d.id = $1
            on conflict do nothing
            """);
        command.Parameters.AddWithValue(claim.DocumentId);
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Bytea, batch.Select(c => c.Hash.Bytes).ToArray());
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Bytea, batch.Select(c => UnitVector.ToBytes(vectors[c.Hash])).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What embedding took.</summary>
/// <param name="Embedded">How many texts were embedded.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="CostUsd">What it cost in US dollars; null where a price is unknown.</param>
internal sealed record EmbeddingSum(int Embedded, long Tokens, decimal? CostUsd);
