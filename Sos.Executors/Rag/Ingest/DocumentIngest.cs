using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Executors.Rag.Chunking;
using Sos.Executors.Rag.Reading;
using Sos.Workflows.Executions;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Ingest;

/// <summary>
/// Makes content findable: reads it, cuts it, embeds what is new of it, and puts its chunks in the place of the
/// document's former ones in one transaction. The same content again changes nothing and costs nothing.
/// </summary>
internal sealed class DocumentIngest(IngestClaims claims, ChunkEmbeddings embeddings, DocumentChunks store)
{
    /// <summary>Ingests a document.</summary>
    /// <exception cref="RagException">The content can't be ingested.</exception>
    /// <exception cref="ModelCallException">The embedder failed.</exception>
    public async Task<IngestResult> IngestAsync(RagIndex index, IngestContent content, NodeContext context, CancellationToken cancellationToken)
    {
        if (await claims.TakeAsync(index, content, context.IdempotencyKey, cancellationToken) is not { } claim)
            return new IngestResult.Busy();
        using var span = RagTelemetry.StartIngest(context, index, content.Source);
        try
        {
            var done = await IngestAsync(index, claim, content, context, cancellationToken);
            RagTelemetry.EndIngest(span, done);
            return done;
        }
        catch (Exception e)
        {
            var error = Explain(e);
            RagTelemetry.Fail(span, error?.Code ?? (e is OperationCanceledException ? "cancelled" : e.GetType().Name), error?.Message);
            // Also when told to stop: nobody else should wait for the claim to run out.
            using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(5), context.Time);
            await claims.ReleaseAsync(claim, error is null ? null : new ExecutionError { Code = error.Code, Message = error.Message }, moment.Token);
            throw;
        }
    }

    private async Task<IngestResult.Done> IngestAsync(RagIndex index, IngestClaim claim, IngestContent content, NodeContext context, CancellationToken cancellationToken)
    {
        var hash = content.Hash();
        if (claim.ContentHash is { } before && before.AsSpan().SequenceEqual(hash))
            return new IngestResult.Done(await store.KeepAsync(claim, content, cancellationToken)) { Change = "unchanged" };

        var (text, chunks) = Cut(index, content, cancellationToken);
        var sum = await embeddings.FillAsync(index, claim, chunks, context, cancellationToken);
        var document = await store.ReplaceAsync(index, claim, content, content.Title ?? text.Title, text.Text.Length, hash, chunks, cancellationToken);
        return new IngestResult.Done(document)
        {
            Change = claim.ContentHash is null ? "created" : "replaced",
            Embedded = sum.Embedded,
            TokensUsed = sum.Tokens,
            CostUsd = sum.CostUsd,
        };
    }

    private static (DocumentText Text, IReadOnlyList<NewChunk> Chunks) Cut(RagIndex index, IngestContent content, CancellationToken cancellationToken)
    {
        try
        {
            var text = DocumentReader.Read(content.Content, content.ContentType, content.Source, cancellationToken);
            var chunks = Chunker.Cut(text, content.Title, new ChunkSize(index.ChunkTokens, index.ChunkOverlap));
            return (text, [.. chunks.Select(c => new NewChunk(c, text.Text[c.Start..c.End]))]);
        }
        catch (DocumentRefusedException e)
        {
            throw new RagException(e.Code, e.Message);
        }
    }

    private static NodeError? Explain(Exception e) => e switch
    {
        RagException rag => rag.Error,
        ModelCallException model => model.Error,
        _ => null,
    };
}
