using System.Text;
using System.Text.Json;
using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Executors.Rag;
using Sos.Executors.Rag.Ingest;
using Sos.Executors.Rag.Search;
using Sos.Workflows.Models;
using Sos.Workflows.Rag;

namespace Sos.Executors.Tests.Rag;

public sealed class IngestTests
{
    private const string Guide = "# Guide\n\nIntro to the pump.\n\n## Start\n\nPress the green button.\n\n## Stop\n\nPress the red button.\n";

    [Fact]
    public async Task The_same_content_again_changes_nothing_and_embeds_nothing()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        var first = await host.IngestAsync(index, "guide", Guide);
        var embedded = host.Embedded;
        var again = await host.IngestAsync(index, "guide", Guide, metadata: """{"team": "a"}""");
        Assert.Equal(("created", 3, 3), (first.Change, first.Embedded, first.Document.Chunks));
        Assert.Equal(("unchanged", 0, embedded), (again.Change, again.Embedded, host.Embedded));
        Assert.Equal("a", again.Document.Metadata.GetProperty("team").GetString());
        Assert.Equal("Guide", again.Document.Title);
        Assert.Equal(first.Document.Id, again.Document.Id);
    }

    [Fact]
    public async Task Changed_content_replaces_the_document_and_embeds_only_what_is_new()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await host.IngestAsync(index, "guide", Guide);
        var changed = await host.IngestAsync(index, "guide", Guide.Replace("red button", "blue lever", StringComparison.Ordinal));
        Assert.Equal(("replaced", 1, 3), (changed.Change, changed.Embedded, changed.Document.Chunks));
        Assert.Contains("blue lever", (await host.FindAsync(index, "blue lever", SearchMode.Text))[0].Text, StringComparison.Ordinal);
        Assert.Empty(await host.FindAsync(index, "red", SearchMode.Text));
        Assert.DoesNotContain(await host.FindAsync(index, "red button", SearchMode.Vector, topK: 10), c => c.Text.Contains("red", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_two_ingestions_of_one_document_at_once_one_waits()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.BeforeEmbedding = _ =>
        {
            reached.TrySetResult();
            return go.Task;
        };
        var first = host.Parts.Ingest.IngestAsync(index, RagHost.Content("guide", Guide), host.NewContext(), CancellationToken.None);
        await reached.Task.WaitAsync(RagHost.Patience);
        Assert.IsType<IngestResult.Busy>(await host.Parts.Ingest.IngestAsync(index, RagHost.Content("guide", Guide), host.NewContext(), CancellationToken.None));
        go.SetResult();
        Assert.Equal("created", Assert.IsType<IngestResult.Done>(await first.WaitAsync(RagHost.Patience)).Change);
        Assert.Equal("unchanged", (await host.IngestAsync(index, "guide", Guide)).Change);
        Assert.Equal(3, host.Embedded);
    }

    [Fact]
    public async Task What_was_embedded_before_a_crash_is_not_embedded_again()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync(chunkTokens: 32);
        var text = string.Concat(Enumerable.Range(0, 100).Select(i => $"# Part {i}\n\nText of part {i}.\n\n"));
        var calls = 0;
        host.BeforeEmbedding = _ => Interlocked.Increment(ref calls) == 2 ? throw new InvalidOperationException("The executor dies.") : Task.CompletedTask;
        var execution = Guid.CreateVersion7();
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Parts.Ingest.IngestAsync(index, RagHost.Content("s", text), host.NewContext(execution: execution), CancellationToken.None));
        Assert.Equal(64, host.Embedded);
        var done = Assert.IsType<IngestResult.Done>(await host.Parts.Ingest.IngestAsync(index, RagHost.Content("s", text), host.NewContext(execution: execution), CancellationToken.None));
        Assert.Equal((36, 100, 100), (done.Embedded, host.Embedded, done.Document.Chunks));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from rag_staged_embeddings"));
    }

    [Fact]
    public async Task Many_documents_at_once_leave_exact_counts_of_their_words()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => host.IngestAsync(index, $"s{i}", $"Pump number {i} is shared by everybody.")));
        await host.IngestAsync(index, "s0", "Something else entirely.");
        await host.Parts.Documents.DeleteAsync(index, null, "s1", CancellationToken.None);
        // What the triggers counted is what a count of the words gives.
        Assert.Equal(0, await host.ScalarAsync<long>("""
            select count(*) from rag_lexemes l full join (
              select c.index_id, w.lexeme, count(*) as chunks from rag_chunks c, unnest(c.words) w group by 1, 2
            ) counted using (index_id, lexeme)
            where l.chunks is distinct from counted.chunks
            """));
        Assert.Equal(10, await host.ScalarAsync<int>("select chunks from rag_lexemes where lexeme = 'pump'"));
        Assert.Equal(14L, await host.ScalarAsync<long>("select revision from rag_indexes"));
    }

    [Fact]
    public async Task A_document_that_cannot_be_read_is_marked_and_its_former_content_stays_findable()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await host.IngestAsync(index, "guide", Guide);
        var refused = await Assert.ThrowsAsync<RagException>(() => host.Parts.Ingest.IngestAsync(index, RagHost.Content("guide", " ", "application/pdf"), host.NewContext(), CancellationToken.None));
        Assert.Equal("unsupported_document", refused.Error.Code);
        var document = Assert.Single(await host.Parts.Documents.ListAsync(index, "guide", null, null, 10, CancellationToken.None));
        Assert.Equal(("failed", "unsupported_document"), (document.Status, document.Error?.Code));
        Assert.NotEmpty(await host.FindAsync(index, "green button"));
        Assert.Equal("unchanged", (await host.IngestAsync(index, "guide", Guide)).Change);
    }

    [Fact]
    public async Task Vectors_of_another_length_are_refused_with_what_to_do()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.Parts.Indexes.FindOrCreateAsync(host.Workspace, new RagIndexSettings { Name = "wide", Model = "other", Dimensions = 8, VectorStore = "exact" }, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<RagException>(() => host.Parts.Ingest.IngestAsync(index!, RagHost.Content("s", Guide), host.NewContext(), CancellationToken.None));
        Assert.Equal("embedding_mismatch", refused.Error.Code);
        Assert.Contains("384 dimensions", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_a_document_in_the_middle_of_its_ingestion_leaves_nothing()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        host.BeforeEmbedding = _ => host.Parts.Documents.DeleteAsync(index, null, "guide", CancellationToken.None);
        var lost = await Assert.ThrowsAsync<RagException>(() => host.Parts.Ingest.IngestAsync(index, RagHost.Content("guide", Guide), host.NewContext(), CancellationToken.None));
        Assert.Equal(("document_changed", true), (lost.Error.Code, lost.Error.Retryable));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from rag_chunks"));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from rag_documents"));
    }
}
