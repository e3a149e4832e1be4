using Sos.Executors.Rag.Search;
using Sos.Workflows.Rag;

namespace Sos.Executors.Tests.Rag;

public sealed class PgVectorTests
{
    [PgVectorFact]
    public async Task An_index_on_pgvector_finds_what_an_exact_one_finds()
    {
        await using var host = await RagHost.StartAsync();
        var exact = await host.MakeIndexAsync("exact", chunkTokens: 32);
        var hnsw = await host.MakeIndexAsync("hnsw", chunkTokens: 32, store: VectorStores.Auto);
        Assert.Equal(VectorStores.PgVector, hnsw.VectorStore);
        var text = string.Concat(Enumerable.Range(0, 500).Select(i => $"# Part {i}\n\nThe {Words[i % Words.Length]} number {i} is {Words[i * 7 % Words.Length]}.\n\n"));
        foreach (var index in new[] { exact, hnsw })
        {
            await host.IngestAsync(index, "a", text, metadata: """{"kind": "a"}""");
            await host.IngestAsync(index, "b", "# Alone\n\nA single chunk.", metadata: """{"kind": "b"}""");
        }
        var same = 0;
        foreach (var question in new[] { "pump number 17", "valve 244", "Part 300", "lamp is filter" })
        {
            var expected = await host.FindAsync(exact, question, SearchMode.Vector, 10);
            var found = await host.FindAsync(hnsw, question, SearchMode.Vector, 10);
            Assert.Equal(10, found.Count);
            same += expected.Select(f => f.Text).Intersect(found.Select(f => f.Text)).Count();
            Assert.Equal(expected[0].Score, found[0].Score, 3);
        }
        Assert.True(same >= 36, $"Only {same} of 40 are the same.");
        // The filter leaves one of 501: the graph is searched on until it is found.
        Assert.Equal("A single chunk.", (await host.FindAsync(hnsw, "pump number 17", SearchMode.Vector, 10, """{"kind": "b"}""")).Single().Text.Split("\n\n")[1]);
    }

    [PgVectorFact]
    public async Task Vectors_go_with_their_chunks_and_the_table_with_its_index()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync(store: VectorStores.PgVector);
        var table = $"rag_vectors_{index.Id:N}";
        await host.IngestAsync(index, "s", "# A\n\none\n\n# B\n\ntwo");
        await host.IngestAsync(index, "s", "# A\n\none");
        Assert.Equal(1L, await host.ScalarAsync<long>($"select count(*) from {table}"));
        await host.Parts.Documents.DeleteAsync(index, null, "s", CancellationToken.None);
        Assert.Equal(0L, await host.ScalarAsync<long>($"select count(*) from {table}"));
        await host.Database.ExecuteAsync($"delete from rag_indexes where id = '{index.Id}'");
        Assert.True(await host.ScalarAsync<bool>($"select to_regclass('{table}') is null"));
    }

    [Fact]
    public async Task Long_vectors_are_searched_exactly()
    {
        await using var host = await RagHost.StartAsync();
        var settings = new RagIndexSettings { Name = "large", Model = "text-embedding-3-large" };
        Assert.Equal(VectorStores.Exact, (await host.Parts.Indexes.FindOrCreateAsync(host.Workspace, settings, CancellationToken.None))!.VectorStore);
        Assert.Null(await host.Parts.Indexes.FindOrCreateAsync(host.Workspace, settings with { Name = "other", VectorStore = VectorStores.PgVector }, CancellationToken.None));
    }

    private static readonly string[] Words = ["pump", "valve", "lamp", "filter", "sensor", "bearing", "gasket", "motor", "switch", "cable", "nozzle"];
}

/// <summary>A test that needs a server with pgvector; otherwise reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PgVectorFactAttribute : FactAttribute
{
    private static readonly bool IsThere = Folders().Any(HasVector);

    public PgVectorFactAttribute()
    {
        if (!IsThere)
            Skip = "The PostgreSQL server of the tests has no pgvector (0.8 or newer). Install it, or name a server that has it in SOS_POSTGRES_BIN.";
    }

    // The first folder with a server, as the tests' own search finds it.
    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("SOS_POSTGRES_BIN") is { Length: > 0 } given)
            return [given];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var usual = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(f => f.Length).ThenByDescending(f => f, StringComparer.Ordinal) : Enumerable.Empty<string>();
        return path.Concat(usual.Select(f => Path.Combine(f, "bin"))).Where(f => File.Exists(Path.Combine(f, "initdb"))).Take(1);
    }

    private static bool HasVector(string bin)
    {
        var version = Path.GetFileName(Path.GetDirectoryName(bin));
        string[] shares = ["../share/extension", "../share/postgresql/extension", $"../../../../share/postgresql/{version}/extension"];
        return shares.Select(s => Path.Combine(bin, s, "vector.control")).Where(File.Exists).SelectMany(File.ReadLines)
            .Any(l => l.StartsWith("default_version", StringComparison.Ordinal) && Version.TryParse(l.Split('\'')[1], out var number) && number >= new Version(0, 8));
    }
}
