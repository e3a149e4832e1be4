using System.Globalization;
using System.Text.Json;
using Sos.Executors.Rag.Search;
using Xunit.Abstractions;

namespace Sos.Executors.Tests.Rag.Quality;

/// <summary>
/// How well questions find what answers them, on a handbook of an invented company: paraphrases, identifiers, and words
/// that are misspelt or inflected. With the local embedder, which knows spelling and no meaning.
/// </summary>
public sealed class QualityTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(RepositoryRoot(), "tests", "Sos.Executors.Tests", "Rag", "Quality");

    [Fact]
    public async Task Hybrid_search_finds_more_and_ranks_better_than_either_half_alone()
    {
        await using var host = await RagHost.StartAsync();
        var index = await host.MakeIndexAsync("handbook");
        var chunks = 0;
        foreach (var file in Directory.EnumerateFiles(Folder, "*.md").Order(StringComparer.Ordinal))
            chunks += (await host.IngestAsync(index, Path.GetFileName(file), await File.ReadAllTextAsync(file))).Document.Chunks;
        var questions = Questions();
        Assert.True(chunks >= 100, $"Only {chunks} chunks.");
        Assert.True(questions.Count >= 30, $"Only {questions.Count} questions.");

        var figures = new Dictionary<SearchMode, Figures>();
        foreach (var mode in Enum.GetValues<SearchMode>())
        {
            var ranks = new List<(string Kind, int Rank)>();
            foreach (var question in questions)
            {
                var found = await host.FindAsync(index, question.Text, mode, topK: 10);
                var rank = found.ToList().FindIndex(c => c.Headings[^1] == question.Answer) + 1;
                ranks.Add((question.Kind, rank));
                if (rank is 0 or > 1)
                    output.WriteLine($"{mode.Name(),-7} {(rank == 0 ? "-" : rank),2}  {question.Text}");
            }
            figures[mode] = Figures.Of(ranks.Select(r => r.Rank));
            var kinds = ranks.GroupBy(r => r.Kind).Select(g => $"{g.Key} {Figures.Of(g.Select(r => r.Rank)).Recall5:0.00}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mode.Name()}: recall@5 {figures[mode].Recall5:0.000}, MRR@10 {figures[mode].Mrr:0.000} over {questions.Count} questions and {chunks} chunks; recall@5 by kind: {string.Join(", ", kinds)}"));
        }
        Assert.All([SearchMode.Text, SearchMode.Vector], half =>
        {
            Assert.True(figures[SearchMode.Hybrid].Recall5 > figures[half].Recall5, $"recall@5: {figures[SearchMode.Hybrid].Recall5} is not better than {half}'s {figures[half].Recall5}.");
            Assert.True(figures[SearchMode.Hybrid].Mrr > figures[half].Mrr, $"MRR: {figures[SearchMode.Hybrid].Mrr} is not better than {half}'s {figures[half].Mrr}.");
        });
        Assert.True(figures[SearchMode.Hybrid].Recall5 >= 0.9);
    }

    [Fact]
    public void Every_question_has_its_answer_in_the_handbook()
    {
        var headings = Directory.EnumerateFiles(Folder, "*.md").SelectMany(File.ReadLines)
            .Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..]).ToHashSet();
        Assert.All(Questions(), q => Assert.Contains(q.Answer, headings));
    }

    private static List<(string Text, string Answer, string Kind)> Questions() =>
        [.. JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, "questions.json"))).EnumerateArray()
            .Select(q => (q.GetProperty("q").GetString()!, q.GetProperty("a").GetString()!, q.GetProperty("kind").GetString()!))];

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sos.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    private sealed record Figures(double Recall5, double Mrr)
    {
        public static Figures Of(IEnumerable<int> ranks)
        {
            var all = ranks.ToList();
            return new Figures(all.Count(r => r is >= 1 and <= 5) / (double)all.Count, all.Average(r => r == 0 ? 0 : 1.0 / r));
        }
    }
}
