using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Models;
using Sos.Executors.Rag;
using Sos.Executors.Rag.Search;
using Sos.Workflows.Models;
using Sos.Workflows.Nodes;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Rag;

/// <summary>Finds what an index has on a question, and has a model answer from it.</summary>
internal sealed class RagExecutor(RagParts rag) : NodeExecutor<RagConfig>(Describe, RagNodeJson.Default.RagConfig), IDescribesNode
{
    private const string NothingFound = "The index has nothing on this question.";

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "rag",
        Title = "Ask documents",
        Description = "Finds the passages of an index that answer a question, and can have a model answer from them with citations.",
        Category = "ai",
        ConfigSchema = NodeSchema.Load("rag"),
        CheckConfig = Check,
        CanBeTool = true,
        ToolResult = ForModel,
    };

    /// <summary>What a model needs of the passages: how to name them and what they say.</summary>
    private static JsonElement ForModel(JsonElement output)
    {
        var found = output.Deserialize(RagNodeJson.Default.RagOutput)!;
        return JsonSerializer.SerializeToElement(
            new RagFindings(found.Answer, [.. found.Sources.Select(s => new RagFinding(s.Number, s.Title ?? s.Source, s.Headings, s.Text))]), RagNodeJson.Default.RagFindings);
    }

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(RagConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(config.Query))
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}' asks nothing: its config's query is empty.");
        if (config.Query.Length > RagLimits.QueryLength)
            return NodeOutcome.Fail("invalid_config", $"The query of node '{context.NodeId}' has {config.Query.Length:N0} characters; at most {RagLimits.QueryLength:N0} are searched for.");
        if (config.TopK is < 1 or > RagLimits.TopK)
            return NodeOutcome.Fail("invalid_config", $"The topK in the config of node '{context.NodeId}' is {config.TopK}; it must be from 1 to {RagLimits.TopK}.");
        if (config.Mode == RagMode.Answer && string.IsNullOrWhiteSpace(config.Model))
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}' is to answer, but its config names no model.");
        try
        {
            var question = new RagQuestion
            {
                Text = config.Query.Replace('\0', ' '),
                Mode = config.Search,
                TopK = config.TopK,
                Filter = MetadataFilter.Parse(config.Filter),
                MinScore = config.MinScore,
            };
            if (await rag.Indexes.FindAsync(context.Execution.WorkspaceId, config.Index, cancellationToken) is not { } index)
                return NodeOutcome.Fail("index_not_found", await IndexNames.ExplainAsync(rag.Indexes, context, config.Index, cancellationToken));
            return new NodeOutcome.Completed(await AskAsync(config, index, question, context, cancellationToken));
        }
        catch (RagException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
        catch (ModelCallException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
        catch (Exception e) when (DatabaseRetry.IsTransient(e))
        {
            return new NodeOutcome.Failed(RagException.Unavailable(e));
        }
    }

    private async Task<JsonElement> AskAsync(RagConfig config, RagIndex index, RagQuestion question, NodeContext context, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();
        var answers = config.Mode == RagMode.Answer;
        using var span = RagTelemetry.StartQuery(context, index, question, answers ? config.Model : null);
        try
        {
            var found = await rag.Search.FindAsync(index, question, context, cancellationToken);
            var output = Retrieved(found);
            if (answers)
                output = found.Chunks.Count > 0 ? await AnswerAsync(config, found, output, span, context, cancellationToken) : output with { Answer = NothingFound, Citations = [] };
            span?.SetTag(RagNames.SourcesFound, found.Chunks.Count);
            span?.SetTag(RagNames.TokensUsed, output.Usage.TotalTokens);
            context.AddEvent(
                RagTelemetry.Queried, "completed",
                JsonSerializer.SerializeToElement(new QueryEvent(index.Name, answers ? "answer" : "retrieve", question.Mode.Name(), question.TopK, found.Chunks.Count), RagJson.Default.QueryEvent),
                context.Time.GetElapsedTime(started));
            return JsonSerializer.SerializeToElement(output, RagNodeJson.Default.RagOutput);
        }
        catch (Exception e)
        {
            var error = (e as RagException)?.Error ?? (e as ModelCallException)?.Error;
            RagTelemetry.Fail(span, error?.Code ?? e.GetType().Name, error?.Message);
            throw;
        }
    }

    private static RagOutput Retrieved(Retrieval found) => new()
    {
        Sources = [.. found.Chunks.Select((c, i) => new RagSource(
            i + 1, c.ChunkId, c.DocumentId, c.Title, c.Source, c.Headings, c.Text, c.Start, c.End, Math.Round(c.Score, 6), new RagRanks(c.ByText, c.ByVector), c.Metadata))],
        Usage = RagUsage.Of(found.Embedding?.Usage ?? TokenUsage.None),
        CostUsd = found.Embedding is null ? 0 : found.Embedding.CostUsd,
        EmbeddedBy = found.Embedding is { } e ? new RagEmbedder(e.Provider, e.Model, e.IsLocal) : null,
    };

    private async Task<RagOutput> AnswerAsync(RagConfig config, Retrieval found, RagOutput retrieved, Activity? span, NodeContext context, CancellationToken cancellationToken)
    {
        var reply = await rag.Models.Ask(
            new ChatCall
            {
                Provider = config.Provider,
                Model = config.Model!,
                Messages = SourcePrompt.Of(config.System, config.Query, found.Chunks),
                Options = new ChatOptions { Temperature = config.Temperature, MaxOutputTokens = config.MaxTokens },
            },
            context, cancellationToken);
        RagTelemetry.Answered(span, reply);
        var citations = Citations.Check(reply.Response.Text, found.Chunks.Count);
        return retrieved with
        {
            Answer = citations.Answer,
            Citations = [.. citations.Cited.Select(n => new RagCitation(n, found.Chunks[n - 1].ChunkId))],
            InvalidCitations = citations.Invalid.Count > 0 ? citations.Invalid : null,
            Usage = RagUsage.Of(reply.Usage + (found.Embedding?.Usage ?? TokenUsage.None)),
            CostUsd = reply.CostUsd + retrieved.CostUsd,
            AnsweredBy = new RagAnswerer(reply.Provider, reply.Model, reply.IsDemo),
        };
    }

    private static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        if (config.TryGetProperty("mode", out var mode) && mode.ValueKind == JsonValueKind.String && mode.GetString() == "answer" && !config.TryGetProperty("model", out _))
            yield return new ConfigProblem("/mode", "invalid_config", "An answer needs a chat model: name it in model.");
        if (config.TryGetProperty("filter", out var filter) && filter.ValueKind == JsonValueKind.Object && !filter.GetRawText().Contains("{{", StringComparison.Ordinal))
        {
            string? problem = null;
            try
            {
                MetadataFilter.Parse(filter);
            }
            catch (RagException e)
            {
                problem = e.Message;
            }
            if (problem is not null)
                yield return new ConfigProblem("/filter", "invalid_filter", problem);
        }
    }
}

/// <summary>Says which indexes there are to somebody who asked for one that is not.</summary>
internal static class IndexNames
{
    public static async Task<string> ExplainAsync(RagIndexes indexes, NodeContext context, string name, CancellationToken cancellationToken)
    {
        var names = await indexes.NamesAsync(context.Execution.WorkspaceId, cancellationToken);
        return $"There is no index '{name}' in this workspace. " + (names.Count == 0
            ? "It has none yet: make one with POST /api/v1/rag-indexes, or by a documents node's create."
            : $"It has {string.Join(", ", names.Select(n => $"'{n}'"))}.");
    }
}
