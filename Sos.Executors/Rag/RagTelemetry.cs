using System.Diagnostics;
using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Executors.Rag.Ingest;
using Sos.Executors.Rag.Search;
using Sos.Workflows.Rag;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Rag;

/// <summary>
/// Spans of questions and ingestions. Tokens and cost of model calls stand on those calls' own spans; <c>rag.tokens_used</c>
/// repeats their sum under a name of its own, so that nothing is counted twice.
/// </summary>
internal static class RagTelemetry
{
    public const string Queried = "rag_queried";
    public const string Ingested = "document_ingested";

    public static Activity? StartQuery(NodeContext context, RagIndex index, RagQuestion question, string? answerModel)
    {
        var span = context.StartSpan(RagNames.Query, ActivityKind.Internal);
        if (span is { IsAllDataRequested: true })
        {
            Describe(span, index);
            span.SetTag(RagNames.TopK, question.TopK);
            span.SetTag(RagNames.Search, question.Mode.Name());
            span.SetTag(RagNames.Model, answerModel ?? index.Model);
        }
        return span;
    }

    /// <summary>Says what answered, by the names that the model's own span has.</summary>
    public static void Answered(Activity? span, ChatReply reply)
    {
        span?.SetTag(RagNames.LlmProvider, reply.Provider);
        span?.SetTag(RagNames.Model, reply.Model);
    }

    public static Activity? StartIngest(NodeContext context, RagIndex index, string source)
    {
        var span = context.StartSpan(RagNames.Ingest, ActivityKind.Internal);
        if (span is { IsAllDataRequested: true })
        {
            Describe(span, index);
            span.SetTag(RagNames.DocumentSource, source);
            span.SetTag(RagNames.Model, index.Model);
        }
        return span;
    }

    public static void EndIngest(Activity? span, IngestResult.Done done)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag(RagNames.DocumentId, done.Document.Id.ToString());
        span.SetTag(RagNames.DocumentChange, done.Change);
        span.SetTag(RagNames.Chunks, done.Document.Chunks);
        span.SetTag(RagNames.ChunksEmbedded, done.Embedded);
        span.SetTag(RagNames.TokensUsed, done.TokensUsed);
    }

    /// <summary>The span of looking into an index; OpenTelemetry's GenAI conventions call it a retrieval.</summary>
    public static Activity? StartRetrieval(NodeContext context, RagIndex index, int topK, EmbeddingReply? embedded, GenAiConventions conventions)
    {
        var span = context.StartSpan(RagNames.RetrievalPrefix + index.Name, ActivityKind.Client,
            [new(GenAiAttributes.OperationName, RagNames.Retrieval), new(RagNames.DataSourceId, index.Name)]);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(conventions.RetrievalTopK, conventions.TopK(topK));
            if (embedded is not null)
            {
                span.SetTag(GenAiAttributes.ProviderName, embedded.Provider);
                span.SetTag(GenAiAttributes.RequestModel, embedded.Model);
            }
            span.SetTag(RagNames.VectorStore, index.VectorStore);
        }
        return span;
    }

    public static void Fail(Activity? span, string code, string? message) => span?.SetFailure(code, message);

    private static void Describe(Activity span, RagIndex index)
    {
        span.SetTag(RagNames.Index, index.Name);
        span.SetTag(RagNames.VectorStore, index.VectorStore);
    }
}
