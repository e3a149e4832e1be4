using Sos.Api.Pages.Workflows;

namespace Sos.Api.Tests.Pages.Workflows;

public sealed class LineDifferenceTests
{
    [Theory]
    [InlineData("a b c", "a b c", " a| b| c")]
    [InlineData("a b c", "a c", " a|-b| c")]
    [InlineData("a c", "a b c", " a|+b| c")]
    [InlineData("a b c", "a x c", " a|-b|+x| c")]
    [InlineData("a b c a b b a", "c b a b a c", "-a|-b| c|+b| a| b|-b| a|+c")]
    [InlineData("a", "b", "-a|+b")]
    public void It_shows_the_fewest_lines_that_differ(string before, string after, string expected) =>
        Assert.Equal(expected, string.Join('|', Between(before, after).Select(l => Sign(l) + l.Text)));

    [Fact]
    public void Both_texts_can_be_read_off_whatever_they_are()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var (before, after) = (Words(random), Words(random));
            var lines = Between(before, after);
            Assert.Equal(before, string.Join(' ', lines.Where(l => l.Kind != LineKind.Added).Select(l => l.Text)));
            Assert.Equal(after, string.Join(' ', lines.Where(l => l.Kind != LineKind.Removed).Select(l => l.Text)));
            Assert.Equal(Enumerable.Range(1, before.Split(' ').Length), lines.Where(l => l.Before is not null).Select(l => l.Before!.Value));
            Assert.Equal(Enumerable.Range(1, after.Split(' ').Length), lines.Where(l => l.After is not null).Select(l => l.After!.Value));
            Assert.Equal(Shared(before.Split(' '), after.Split(' ')), lines.Count(l => l.Kind == LineKind.Same));
        }
    }

    [Fact]
    public void Texts_that_share_nothing_are_one_below_the_other()
    {
        var lines = LineDifference.Between(string.Join('\n', Enumerable.Range(0, 20_000)), string.Join('\n', Enumerable.Range(100_000, 20_000)));
        Assert.Equal(40_000, lines.Count);
        Assert.All(lines.Take(20_000), l => Assert.Equal(LineKind.Removed, l.Kind));
    }

    [Fact]
    public void What_differs_within_a_line_is_marked()
    {
        var lines = LineDifference.Between("""  "prompt": "Say hello", """, """  "prompt": "Say goodbye", """);
        Assert.Equal(["hello", "goodbye"], lines.Select(l => l.Text[l.Changed]));
        var faces = LineDifference.Between("\"😀\"", "\"😁\"");
        Assert.Equal(["😀", "😁"], faces.Select(l => l.Text[l.Changed]));
    }

    [Fact]
    public void What_is_the_same_is_folded_but_for_three_lines_around_what_differs()
    {
        var before = string.Join('\n', Enumerable.Range(0, 40));
        var lines = LineDifference.Between(before, before.Replace("\n20\n", "\nx\n", StringComparison.Ordinal));
        var parts = LineDifference.Fold(lines);
        Assert.Equal([(17, true), (3, false), (2, false), (3, false), (16, true)], parts.Select(p => (p.Count, p.IsFolded)));
        Assert.Equal(lines.Count, parts.Sum(p => p.Count));
        Assert.Equal(new LinePart(0, 40, true), Assert.Single(LineDifference.Fold(LineDifference.Between(before, before))));
        Assert.All(LineDifference.Fold(LineDifference.Between("a\nb\nc\nd\ne\nf", "a\nb\nc\nd\nx\nf")), p => Assert.False(p.IsFolded));
    }

    private static IReadOnlyList<DifferentLine> Between(string before, string after) => LineDifference.Between(before.Replace(' ', '\n'), after.Replace(' ', '\n'));

    private static char Sign(DifferentLine line) => line.Kind switch { LineKind.Added => '+', LineKind.Removed => '-', _ => ' ' };

    private static string Words(Random random) => string.Join(' ', Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)('a' + random.Next(4))));

    /// <summary>The length of the longest common subsequence, by the book.</summary>
    private static int Shared(string[] a, string[] b)
    {
        var lengths = new int[a.Length + 1, b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
                lengths[i, j] = a[i - 1] == b[j - 1] ? lengths[i - 1, j - 1] + 1 : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
        }
        return lengths[a.Length, b.Length];
    }
}
