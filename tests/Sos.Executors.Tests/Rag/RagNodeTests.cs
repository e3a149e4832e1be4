using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Documents;
using Sos.Executors.Nodes.Rag;
using Sos.Executors.Tests.Nodes;

namespace Sos.Executors.Tests.Rag;

public sealed class RagNodeTests
{
    [Fact]
    public async Task An_answer_cites_chunks_and_loses_citations_of_nothing()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await host.IngestAsync(index, "leave.md", "# Leave\n\n## Annual leave\n\nEveryone has 28 days.\n\n## Sick leave\n\nTell the team lead.");
        ChatCall? asked = null;
        host.Chat = call =>
        {
            asked = call;
            return RagHost.Reply("28 days [1], they say [9].");
        };
        var output = await RunAsync(host, """{"index": "docs", "query": "How many days of annual leave?", "mode": "answer", "model": "m", "system": "Be brief.", "maxTokens": 50}""");
        Assert.Equal("28 days [1], they say.", output.GetProperty("answer").GetString());
        var source = output.GetProperty("sources")[0];
        Assert.Equal(source.GetProperty("chunkId").GetGuid(), output.GetProperty("citations")[0].GetProperty("chunkId").GetGuid());
        Assert.Equal(1L, await host.ScalarAsync<long>($"select count(*) from rag_chunks where id = '{source.GetProperty("chunkId").GetGuid()}'"));
        Assert.Equal(["Leave", "Annual leave"], source.GetProperty("headings").EnumerateArray().Select(h => h.GetString()));
        Assert.Equal(9, output.GetProperty("invalidCitations")[0].GetInt32());
        Assert.Equal(0.001m, output.GetProperty("costUsd").GetDecimal());
        Assert.True(output.GetProperty("usage").GetProperty("inputTokens").GetInt64() > 100);
        Assert.True(output.GetProperty("embeddedBy").GetProperty("isLocal").GetBoolean());
        Assert.Equal(50, asked!.Options!.MaxOutputTokens);
        Assert.StartsWith("Be brief.", asked.Messages[0].Text, StringComparison.Ordinal);
        Assert.Contains("[1] Leave › Annual leave", asked.Messages[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_found_no_model_is_asked()
    {
        await using var host = await RagHost.StartAsync();
        await host.MakeIndexAsync();
        var output = await RunAsync(host, """{"index": "docs", "query": "anything", "mode": "answer", "model": "m"}""");
        Assert.Contains("nothing", output.GetProperty("answer").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, output.GetProperty("sources").GetArrayLength());
        Assert.Equal(0, output.GetProperty("citations").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"index": "nope", "query": "x"}""", "index_not_found", "'docs'")]
    [InlineData("""{"index": "docs", "query": " "}""", "invalid_config", "empty")]
    [InlineData("""{"index": "docs", "query": "x", "mode": "answer"}""", "invalid_config", "no model")]
    [InlineData("""{"index": "docs", "query": "x", "topK": 101}""", "invalid_config", "100")]
    [InlineData("""{"index": "docs", "query": "x", "filter": {"a": {"like": 1}}}""", "invalid_filter", "like")]
    public async Task Mistakes_are_told(string config, string code, string words)
    {
        await using var host = await RagHost.StartAsync();
        await host.MakeIndexAsync();
        var error = NodeRun.Failed(await new RagExecutor(host.Parts).ExecuteAsync(host.NewContext(config), CancellationToken.None));
        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_of_another_workspace_does_not_exist()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await host.Database.ExecuteAsync("""
            insert into organizations (id, name) values ('00000000-0000-0000-0000-000000000001', 'p');
            insert into workspaces (id, organization_id, name) values ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'w');
            """);
        Assert.Null(await host.Parts.Indexes.FindAsync(Guid.Parse("00000000-0000-0000-0000-000000000002"), index.Name, CancellationToken.None));
    }

    [Fact]
    public async Task Documents_are_ingested_read_listed_and_deleted()
    {
        await using var host = await RagHost.StartAsync();
        var made = await RunDocumentsAsync(host, """{"action": "ingest", "index": "new", "create": {"language": "german"}, "source": "a.md", "text": "# Titel\n\nDie Häuser.", "metadata": {"x": 1}}""");
        Assert.Equal(("created", "Titel"), (made.GetProperty("change").GetString(), made.GetProperty("document").GetProperty("title").GetString()));
        Assert.Equal("unchanged", (await RunDocumentsAsync(host, """{"action": "ingest", "index": "new", "source": "a.md", "text": "# Titel\n\nDie Häuser."}""")).GetProperty("change").GetString());
        // German stems.
        Assert.Equal(1, (await RunAsync(host, """{"index": "new", "query": "Haus", "search": "text"}""")).GetProperty("sources").GetArrayLength());
        await RunDocumentsAsync(host, """{"action": "ingest", "index": "new", "source": "b", "text": "b"}""");
        var page = await RunDocumentsAsync(host, """{"action": "list", "index": "new", "limit": 1}""");
        Assert.Equal("b", page.GetProperty("documents")[0].GetProperty("source").GetString());
        var next = await RunDocumentsAsync(host, $$"""{"action": "list", "index": "new", "limit": 1, "before": "{{page.GetProperty("next").GetString()}}"}""");
        Assert.Equal(("a.md", JsonValueKind.Null), (next.GetProperty("documents")[0].GetProperty("source").GetString(), next.GetProperty("next").ValueKind));
        Assert.True((await RunDocumentsAsync(host, """{"action": "get", "index": "new", "source": "a.md"}""")).GetProperty("found").GetBoolean());
        Assert.True((await RunDocumentsAsync(host, """{"action": "delete", "index": "new", "source": "a.md"}""")).GetProperty("deleted").GetBoolean());
        Assert.False((await RunDocumentsAsync(host, """{"action": "get", "index": "new", "source": "a.md"}""")).GetProperty("found").GetBoolean());
        var differs = NodeRun.Failed(await new DocumentsExecutor(host.Parts).ExecuteAsync(
            host.NewContext("""{"action": "ingest", "index": "new", "create": {"model": "text-embedding-3-small"}, "source": "c", "text": "c"}"""), CancellationToken.None));
        Assert.Equal("index_differs", differs.Code);
    }

    [Fact]
    public async Task A_document_that_another_step_is_at_is_waited_for()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await host.IngestAsync(index, "s", "one");
        await host.Database.ExecuteAsync("update rag_documents set ingest_key = 'another', ingest_until = now() + interval '1 minute'");
        const string config = """{"action": "ingest", "index": "docs", "source": "s", "text": "two", "contentType": "text/markdown"}""";
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await new DocumentsExecutor(host.Parts).ExecuteAsync(host.NewContext(config), CancellationToken.None));
        await host.Database.ExecuteAsync("update rag_documents set ingest_until = now() - interval '1 second'");
        var done = NodeRun.Completed(await new DocumentsExecutor(host.Parts).ExecuteAsync(host.NewContext(config, state: waiting.State), CancellationToken.None));
        Assert.Equal("replaced", done.Output.GetProperty("change").GetString());
    }

    [Fact]
    public async Task Questions_and_ingestions_are_traced_and_logged()
    {
        await using var host = await RagHost.StartAsync();
        using var root = new Activity("root").SetIdFormat(ActivityIdFormat.W3C).Start();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Sos",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == root.TraceId)
                    spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var ingest = host.NewContext("""{"action": "ingest", "index": "docs", "create": {"vectorStore": "exact"}, "source": "s", "text": "The pump."}""");
        NodeRun.Completed(await new DocumentsExecutor(host.Parts).ExecuteAsync(ingest, CancellationToken.None));
        host.Chat = _ => RagHost.Reply("Yes [1].");
        var query = host.NewContext("""{"index": "docs", "query": "pump", "mode": "answer", "model": "gpt-4.1-mini", "topK": 3}""");
        NodeRun.Completed(await new RagExecutor(host.Parts).ExecuteAsync(query, CancellationToken.None));

        var ingested = Assert.Single(spans, s => s.OperationName == "rag.ingest");
        Assert.Equal(("docs", "exact", "local-hash-384"), (ingested.GetTagItem("rag.index"), ingested.GetTagItem("rag.vector_store"), ingested.GetTagItem("rag.model")));
        Assert.True((long)ingested.GetTagItem("rag.tokens_used")! > 0);
        var queried = Assert.Single(spans, s => s.OperationName == "rag.query");
        Assert.Equal(ActivityKind.Internal, queried.Kind);
        Assert.Equal((3, 1, "openai", "gpt-4.1-mini"), (queried.GetTagItem("rag.top_k"), queried.GetTagItem("rag.sources_found"), queried.GetTagItem("rag.llm_provider"), queried.GetTagItem("rag.model")));
        Assert.True((long)queried.GetTagItem("rag.tokens_used")! >= 110);
        Assert.DoesNotContain(queried.TagObjects, t => t.Key.StartsWith("gen_ai.", StringComparison.Ordinal));
        var retrieval = Assert.Single(spans, s => s.OperationName == "retrieval docs");
        Assert.Equal((ActivityKind.Client, queried.SpanId), (retrieval.Kind, retrieval.ParentSpanId));
        Assert.Equal(("retrieval", "docs", 3), (retrieval.GetTagItem("gen_ai.operation.name"), retrieval.GetTagItem("gen_ai.data_source.id"), retrieval.GetTagItem("gen_ai.request.top_k")));
        Assert.Equal("document_ingested", Assert.Single(ingest.Records.Take().Events).EventType);
        Assert.Equal("rag_queried", Assert.Single(query.Records.Take().Events).EventType);
    }

    private static async Task<JsonElement> RunAsync(RagHost host, string config) =>
        NodeRun.Completed(await new RagExecutor(host.Parts).ExecuteAsync(host.NewContext(config), CancellationToken.None)).Output;

    private static async Task<JsonElement> RunDocumentsAsync(RagHost host, string config) =>
        NodeRun.Completed(await new DocumentsExecutor(host.Parts).ExecuteAsync(host.NewContext(config), CancellationToken.None)).Output;
}
