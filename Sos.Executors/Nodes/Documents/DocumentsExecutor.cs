using System.Text;
using System.Text.Json;
using Sos.Executors.Models;
using Sos.Executors.Nodes.Rag;
using Sos.Executors.Rag;
using Sos.Executors.Rag.Ingest;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;
using Sos.Workflows.Rag;

namespace Sos.Executors.Nodes.Documents;

/// <summary>Puts documents into an index, reads what is known of them, and deletes them.</summary>
internal sealed class DocumentsExecutor(RagParts rag) : NodeExecutor<DocumentsConfig>(Describe, DocumentsJson.Default.DocumentsConfig), IDescribesNode
{
    private static readonly TimeSpan BusyDelay = TimeSpan.FromSeconds(1);
    private static readonly JsonElement NoState = JsonElement.Parse("{}"u8);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "documents",
        CanBeTool = true,
        Title = "Documents",
        Description = "Puts documents into an index, lists them, and deletes them.",
        Category = "ai",
        ConfigSchema = NodeSchema.Load("documents"),
        CheckConfig = Check,
    };

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(DocumentsConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (Problem(config) is { } problem)
            return NodeOutcome.Fail("invalid_config", $"The config of node '{context.NodeId}' can't be used: {problem}");
        try
        {
            if (await FindIndexAsync(config, context, cancellationToken) is not { } index)
                return NodeOutcome.Fail("index_not_found", await IndexNames.ExplainAsync(rag.Indexes, context, config.Index, cancellationToken));
            return config.Action switch
            {
                DocumentsAction.Ingest => await IngestAsync(config, index, context, cancellationToken),
                DocumentsAction.Get => await GetAsync(config, index, cancellationToken),
                DocumentsAction.List => await ListAsync(config, index, cancellationToken),
                _ => Completed(new DeleteOutput(await rag.Documents.DeleteAsync(index, config.DocumentId, config.Source, cancellationToken)), DocumentsJson.Default.DeleteOutput),
            };
        }
        catch (RagException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
        catch (ModelCallException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
    }

    private async Task<RagIndex?> FindIndexAsync(DocumentsConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (config.Create is null)
            return await rag.Indexes.FindAsync(context.Execution.WorkspaceId, config.Index, cancellationToken);
        var settings = config.Create.Named(config.Index);
        if (settings.Check() is [var problem, ..])
            throw new RagException("invalid_config", $"The index can't be made: {problem.Message}");
        var index = await rag.Indexes.FindOrCreateAsync(context.Execution.WorkspaceId, settings, cancellationToken)
            ?? throw new RagException("pgvector_missing", "The index is to use pgvector, but the database does not have it (0.8 or newer), or the vectors have more than 2,000 dimensions.");
        return index.Model == (settings.Model ?? LocalEmbedder.Model) && index.Provider == settings.Provider
            ? index
            : throw new RagException("index_differs", $"The index '{index.Name}' embeds with '{index.Model}', not with '{settings.Model ?? LocalEmbedder.Model}'. Vectors of different models can't be compared: use another index for the other model, or delete this one first.");
    }

    private async Task<NodeOutcome> IngestAsync(DocumentsConfig config, RagIndex index, NodeContext context, CancellationToken cancellationToken)
    {
        IngestContent content;
        if (config.DocumentId is { } id)
        {
            if (await rag.Documents.FindAsync(index, id, cancellationToken) is not var (document, upload) || document is null)
                return NodeOutcome.Fail("document_not_found", $"The index '{index.Name}' has no document {id}.");
            if (upload is null)
                // Ingested by an earlier attempt at this step, or by another one.
                return Completed(new IngestOutput(document, "unchanged", 0, 0, 0), DocumentsJson.Default.IngestOutput);
            content = upload;
        }
        else
        {
            content = new IngestContent
            {
                Source = StorableJson.Clean(config.Source!),
                Title = config.Title is null ? null : StorableJson.Clean(config.Title),
                ContentType = config.ContentType,
                Metadata = config.Metadata is { ValueKind: JsonValueKind.Object } metadata ? metadata : null,
                Content = Encoding.UTF8.GetBytes(config.Text!),
            };
        }
        var started = context.Time.GetTimestamp();
        if (await rag.Ingest.IngestAsync(index, content, context, cancellationToken) is not IngestResult.Done done)
            return new NodeOutcome.Waiting(context.Time.GetUtcNow() + BusyDelay, NoState);
        context.AddEvent(
            RagTelemetry.Ingested, done.Change,
            JsonSerializer.SerializeToElement(
                new IngestEvent(index.Name, done.Document.Id, done.Document.Source, done.Change, done.Document.Chunks, done.Embedded, done.TokensUsed, done.CostUsd), RagJson.Default.IngestEvent),
            context.Time.GetElapsedTime(started));
        return Completed(new IngestOutput(done.Document, done.Change, done.Embedded, done.TokensUsed, done.CostUsd), DocumentsJson.Default.IngestOutput);
    }

    private async Task<NodeOutcome> GetAsync(DocumentsConfig config, RagIndex index, CancellationToken cancellationToken)
    {
        var document = config.DocumentId is { } id
            ? (await rag.Documents.FindAsync(index, id, cancellationToken))?.Document
            : (await rag.Documents.ListAsync(index, config.Source, null, null, 1, cancellationToken)).FirstOrDefault();
        return Completed(new GetOutput(document is not null, document), DocumentsJson.Default.GetOutput);
    }

    private async Task<NodeOutcome> ListAsync(DocumentsConfig config, RagIndex index, CancellationToken cancellationToken)
    {
        var documents = await rag.Documents.ListAsync(index, config.Source, config.Status, config.Before, config.Limit + 1, cancellationToken);
        var hasMore = documents.Count > config.Limit;
        if (hasMore)
            documents.RemoveAt(config.Limit);
        return Completed(new ListOutput(documents, hasMore ? documents[^1].Id : null), DocumentsJson.Default.ListOutput);
    }

    private static string? Problem(DocumentsConfig config) => config switch
    {
        { Action: DocumentsAction.List, Limit: < 1 or > 200 } => "limit must be from 1 to 200.",
        { Action: DocumentsAction.List } => null,
        { Action: DocumentsAction.Ingest, DocumentId: not null, Text: null, Source: null } => null,
        { Action: DocumentsAction.Ingest, DocumentId: not null } => "documentId names an upload, so text and source must be left out.",
        { Action: DocumentsAction.Ingest, Text: null } => "ingest needs text, or the documentId of an upload.",
        { Action: DocumentsAction.Ingest, Source: null or "" } => "ingest needs a source: your own id of the document, by which it is found and replaced.",
        { Action: DocumentsAction.Ingest, Source.Length: > RagLimits.SourceLength } => $"a source has at most {RagLimits.SourceLength} characters.",
        { Action: DocumentsAction.Ingest, Title.Length: > RagLimits.TitleLength } => $"a title has at most {RagLimits.TitleLength} characters.",
        { Action: DocumentsAction.Ingest, Metadata: { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) } } => "metadata must be an object.",
        { Action: DocumentsAction.Ingest, Metadata: { } metadata } when metadata.GetRawText().Length > RagLimits.MetadataBytes => $"metadata has more than {RagLimits.MetadataBytes:N0} bytes.",
        { Action: DocumentsAction.Ingest } => null,
        { DocumentId: null, Source: null or "" } or { DocumentId: not null, Source: not null } => "get and delete need either documentId or source.",
        _ => null,
    };

    private static NodeOutcome.Completed Completed<T>(T output, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToElement(output, type));

    private static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        var action = config.TryGetProperty("action", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        var missing = action switch
        {
            "ingest" when !Has("documentId") && !Has("text") => "ingest needs text, or the documentId of an upload.",
            "ingest" when Has("text") && !Has("source") => "ingest needs a source: your own id of the document, by which it is found and replaced.",
            "ingest" when Has("documentId") && (Has("text") || Has("source")) => "documentId names an upload, so text and source must be left out.",
            "get" or "delete" when Has("documentId") == Has("source") => $"{action} needs either documentId or source.",
            _ => null,
        };
        if (missing is not null)
            yield return new ConfigProblem("/action", "invalid_config", missing);

        bool Has(string name) => config.TryGetProperty(name, out _);
    }
}
