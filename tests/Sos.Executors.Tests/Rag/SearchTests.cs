using Sos.Executors.Rag;
using Sos.Executors.Rag.Search;
using Sos.Workflows.Rag;

namespace Sos.Executors.Tests.Rag;

public sealed class SearchTests
{
    [Fact]
    public async Task Each_source_says_why_it_ranks()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await FillAsync(host, index);
        var found = await host.FindAsync(index, "How do I calibrate the pump?");
        Assert.Equal("pump", found[0].Source);
        Assert.Equal((1, 1, 1.0), (found[0].ByText!.Rank, found[0].ByVector!.Rank, found[0].Score));
        Assert.All(found, f => Assert.True(f.ByText is not null || f.ByVector is not null));
        Assert.Equal(found.Select(f => f.Score).OrderDescending(), found.Select(f => f.Score));
        Assert.All(await host.FindAsync(index, "calibrate", SearchMode.Text), f => Assert.Null(f.ByVector));
        Assert.All(await host.FindAsync(index, "calibrate", SearchMode.Vector), f => Assert.Null(f.ByText));
    }

    [Theory]
    [InlineData("""{"year": 2024}""", "pump")]
    [InlineData("""{"year": {"gte": 2024, "lt": 2026}}""", "pump,valve")]
    [InlineData("""{"tag": "wet"}""", "pump,valve")]
    [InlineData("""{"tag": {"in": ["dry", "hot"]}}""", "lamp")]
    [InlineData("""{"tag": {"ne": "wet"}}""", "lamp")]
    [InlineData("""{"day": {"gt": "2025-01-01"}}""", "lamp,valve")]
    [InlineData("""{"owner": {"exists": true}}""", "valve")]
    [InlineData("""{"owner": {"exists": false}}""", "lamp,pump")]
    [InlineData("""{"$source": {"in": ["lamp", "pump"]}}""", "lamp,pump")]
    [InlineData("""{"year": {"gt": 2023}, "$source": "valve"}""", "valve")]
    [InlineData("""{"x' or true --": "y"}""", "")]
    public async Task Filters_ask_for_metadata(string filter, string expected)
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await FillAsync(host, index);
        foreach (var mode in Enum.GetValues<SearchMode>())
            Assert.Equal(expected, string.Join(',', (await host.FindAsync(index, "device manual", mode, 10, filter)).Select(f => f.Source).Distinct().Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"a": {"like": "x"}}""")]
    [InlineData("""{"a": {"in": []}}""")]
    [InlineData("""{"a": null}""")]
    [InlineData("""{"$source": 1}""")]
    public void What_is_no_filter_is_refused(string filter) =>
        Assert.Equal("invalid_filter", Assert.Throws<RagException>(() => MetadataFilter.Parse(System.Text.Json.JsonElement.Parse(filter))).Error.Code);

    [Fact]
    public async Task The_matrix_follows_every_change_and_reads_only_what_changed()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await FillAsync(host, index);
        await host.FindAsync(index, "pump", SearchMode.Vector);
        for (var i = 0; i < 30; i++)
        {
            await host.IngestAsync(index, $"extra{i % 3}", $"# Extra {i}\n\nThe device manual of gadget{i}.");
            var found = await host.FindAsync(index, $"gadget{i}", SearchMode.Vector, topK: 50);
            Assert.Contains($"gadget{i}", found[0].Text, StringComparison.Ordinal);
            Assert.Equal(3 + Math.Min(i + 1, 3), found.Count);
        }
        await host.Parts.Documents.DeleteAsync(index, null, "pump", CancellationToken.None);
        Assert.DoesNotContain(await host.FindAsync(index, "pump", SearchMode.Vector, topK: 50), f => f.Source == "pump");
    }

    [Fact]
    public async Task A_matrix_that_was_not_asked_for_longest_gives_way()
    {
        // Room for a little more than one index of 400 chunks of 384 dimensions.
        await using var host = await RagHost.StartAsync(new RagOptions { MaxCacheBytes = 1024 * 1024 });
        foreach (var name in new[] { "one", "two" })
        {
            var index = await host.MakeIndexAsync(name, chunkTokens: 32);
            await host.IngestAsync(index, "s", string.Concat(Enumerable.Range(0, 400).Select(i => $"# {name} {i}\n\nText {i}.\n\n")));
            Assert.NotEmpty(await host.FindAsync(index, "text", SearchMode.Vector));
            Assert.InRange(host.Parts.Matrices.Bytes, 400 * 384 * 4, 1024 * 1024);
        }
        var large = await host.MakeIndexAsync("large", chunkTokens: 32);
        await host.IngestAsync(large, "s", string.Concat(Enumerable.Range(0, 800).Select(i => $"# Large {i}\n\nText {i}.\n\n")));
        Assert.Equal("index_too_large", (await Assert.ThrowsAsync<RagException>(() => host.FindAsync(large, "text"))).Error.Code);
        Assert.NotEmpty(await host.FindAsync(large, "text", SearchMode.Text));
    }

    [Fact]
    public async Task Questions_at_once_share_one_loading()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await FillAsync(host, index);
        var now = (await host.Parts.Indexes.FindAsync(host.Workspace, index.Name, CancellationToken.None))!;
        var matrices = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Parts.Matrices.GetAsync(now, CancellationToken.None)));
        Assert.All(matrices, m => Assert.Same(matrices[0], m));
    }

    [Fact]
    public async Task Words_that_are_common_everywhere_still_find_something()
    {
        var lexemes = new[] { new Lexeme("a", 9_000), new Lexeme("b", 9_500) };
        var both = Candidate.Choose(lexemes, 10_000, 2_000);
        Assert.Equal(("'a' & 'b'", false, "'a'"), (both.Query, both.IsBounded, both.Fallback));
        Assert.Equal("'x' | 'y'", Candidate.Choose([new("x", 10), new("y", 1_000), new("z", 1_500)], 10_000, 2_000).Query);
        Assert.Equal(@"'it''s\\'", new Lexeme(@"it's\", 1).Quoted);
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync();
        await host.IngestAsync(index, "s", @"A path like C:\temp\x's and it's ' odd \' quotes.");
        Assert.NotEmpty(await host.FindAsync(index, @"C:\temp\x's ' \' | & ! :*", SearchMode.Text));
        Assert.Empty(await host.FindAsync(index, "the of and", SearchMode.Text));
    }

    private static async Task FillAsync(RagHost host, RagIndex index)
    {
        await host.IngestAsync(index, "pump", "The device manual of the pump says how to calibrate the pump.", metadata: """{"year": 2024, "tag": ["wet", "loud"], "day": "2024-05-01"}""");
        await host.IngestAsync(index, "valve", "The device manual of the valve says how to open it.", metadata: """{"year": 2025, "tag": "wet", "day": "2025-05-01", "owner": "x"}""");
        await host.IngestAsync(index, "lamp", "The device manual of the lamp says how to replace it.", metadata: """{"year": "n/a", "tag": "hot", "day": "2026-05-01"}""");
    }
}
