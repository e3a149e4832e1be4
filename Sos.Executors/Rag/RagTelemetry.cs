using System.Diagnostics;
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

    public static Activity? StartQuery(NodeContext context, RagIndex index, RagQuestion question, string? answerProvider, string? answerModel)
    {
        var span = context.StartSpan("rag.query", ActivityKind.Internal);
        if (span is { IsAllDataRequested: true })
        {
            Describe(span, index);
            span.SetTag("rag.top_k", question.TopK);
            span.SetTag("rag.search", question.Mode.Name());
            if (answerProvider is not null)
                span.SetTag("rag.llm_provider", answerProvider);
            span.SetTag("rag.model", answerModel ?? index.Model);
        }
        return span;
    }

    public static Activity? StartIngest(NodeContext context, RagIndex index, string source)
    {
        var span = context.StartSpan("rag.ingest", ActivityKind.Internal);
        if (span is { IsAllDataRequested: true })
        {
            Describe(span, index);
            span.SetTag("rag.document.source", source);
            span.SetTag("rag.model", index.Model);
        }
        return span;
    }

    public static void EndIngest(Activity? span, IngestResult.Done done)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag("rag.document.id", done.Document.Id.ToString());
        span.SetTag("rag.document.change", done.Change);
        span.SetTag("rag.chunks", done.Document.Chunks);
        span.SetTag("rag.chunks_embedded", done.Embedded);
        span.SetTag("rag.tokens_used", done.TokensUsed);
    }

    /// <summary>The span of looking into an index; OpenTelemetry's GenAI conventions call it a retrieval.</summary>
    public static Activity? StartRetrieval(NodeContext context, RagIndex index, int topK)
    {
        var span = context.StartSpan($"retrieval {index.Name}", ActivityKind.Client,
            [new("gen_ai.operation.name", "retrieval"), new("gen_ai.data_source.id", index.Name)]);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("gen_ai.request.top_k", topK);
            span.SetTag("rag.vector_store", index.VectorStore);
        }
        return span;
    }

    public static void Fail(Activity? span, string code, string? message)
    {
        if (span is null)
            return;
        span.SetTag(Attributes.ErrorType, code);
        span.SetStatus(ActivityStatusCode.Error, message);
        span.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection { ["exception.type"] = code, ["exception.message"] = message }));
    }

    private static void Describe(Activity span, RagIndex index)
    {
        span.SetTag("rag.index", index.Name);
        span.SetTag("rag.vector_store", index.VectorStore);
    }
}
