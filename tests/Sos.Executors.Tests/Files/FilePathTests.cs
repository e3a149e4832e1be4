using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Executors.Files;

namespace Sos.Executors.Tests.Files;

public sealed class FilePathTests
{
    private const string Root = "/srv/files/w";

    [Theory]
    [InlineData("a")]
    [InlineData("Reports/2026/Sales (final).CSV")]
    [InlineData("ü/日本/😀.txt")]
    [InlineData(".hidden/..x/x..y")]
    [InlineData("console/nullable.txt/com10")]
    public void A_good_path_keeps_its_case(string path) => Assert.Equal(path, FilePath.Parse(path).Text);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/..")]
    [InlineData("./a")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("..\\a")]
    [InlineData("\\\\server\\share\\a")]
    [InlineData("C:/a")]
    [InlineData("c:a")]
    [InlineData("a:stream")]
    [InlineData("CON")]
    [InlineData("a/nul.txt")]
    [InlineData("Com1.tar.gz")]
    [InlineData("lpt¹")]
    [InlineData("aux .txt")]
    [InlineData("a./b")]
    [InlineData("a ")]
    [InlineData(" a")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u007Fb")]
    [InlineData("exe\u202Etxt.a")]
    [InlineData("a?")]
    [InlineData("a*b")]
    public void A_path_that_some_system_takes_for_something_else_is_refused(string? path) =>
        Assert.Equal("path_not_allowed", Assert.Throws<FileStoreException>(() => FilePath.Parse(path)).Code);

    [Fact]
    public void Too_long_and_too_deep_paths_are_refused()
    {
        Assert.True(FilePath.TryParse(new string('a', 200), out _, out _));
        Assert.False(FilePath.TryParse(new string('a', 201), out _, out _));
        Assert.False(FilePath.TryParse(new string('ü', 101), out _, out _));
        Assert.True(FilePath.TryParse(string.Join('/', Enumerable.Repeat("a", 32)), out _, out _));
        Assert.False(FilePath.TryParse(string.Join('/', Enumerable.Repeat("a", 33)), out _, out _));
        Assert.False(FilePath.TryParse(string.Join('/', Enumerable.Repeat(new string('a', 150), 6)), out _, out _));
    }

    [Fact]
    public void Half_a_character_is_no_name() => Assert.False(FilePath.TryParse("a\uD83D", out _, out _));

    [Fact]
    public void A_refusal_shows_no_control_characters() =>
        Assert.DoesNotContain('\u001B', Assert.Throws<FileStoreException>(() => FilePath.Parse("a\u001B[2J")).Message);

    [Property(MaxTest = 2000)]
    public Property No_accepted_path_leads_out_of_the_root() => Prop.ForAll(Nasty.ToArbitrary(), text =>
    {
        if (!FilePath.TryParse(text, out var path, out _))
            return true;
        var full = Path.GetFullPath(Path.Combine(Root, path.Text));
        return full == $"{Root}/{path.Text}" && path.Names.All(n => n is not ("." or "..") && n.Length > 0) && !text.Contains('\\', StringComparison.Ordinal);
    });

    /// <summary>Texts made of what attacks on paths are made of.</summary>
    internal static Gen<string> Nasty { get; } =
        Gen.Elements("..", ".", "/", "//", "\\", "a", "B", "etc", "link", "C:", ":", "\0", "\n", " ", "%2e%2e", "CON", "nul", "~", "ü", "😀", "\u202E", "...", ". ", "*", "x.txt")
            .ListOf().Select(parts => string.Concat(parts.Take(12)));
}
