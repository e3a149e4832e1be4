using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>Regular expressions have RE2's syntax and meaning.</summary>
public sealed class PatternTests
{
    [Theory]
    [InlineData("abc", "^abc$", true)]
    [InlineData("abc\n", "^abc$", false)]
    [InlineData("x\nabc\ny", "(?m)^abc$", true)]
    [InlineData("a\nb", "a.b", false)]
    [InlineData("a\nb", "(?s)a.b", true)]
    [InlineData("😀", "^.$", true)]
    [InlineData("😀", "^[^a]$", true)]
    [InlineData("😀", "^[😀-😂]$", true)]
    [InlineData("😀😀", "^😀{2}$", true)]
    [InlineData("٣", "^\\d$", false)]
    [InlineData("é", "^\\w$", false)]
    [InlineData("é", "^\\pL$", true)]
    [InlineData("𝒜", "^\\p{Lu}$", true)]
    [InlineData("𝒜", "^\\P{Lu}$", false)]
    [InlineData("𝒜x", "^[\\p{Lu}x]+$", true)]
    [InlineData("𝒜", "^[^\\pL]$", false)]
    [InlineData("😀", "^[^\\pL]$", true)]
    [InlineData("😀", "^\\p{So}$", true)]
    [InlineData("𠮷𪘚", "^\\pL{2}$", true)]
    [InlineData("x", "^\\PL$", false)]
    [InlineData("1", "^[\\PL]$", true)]
    [InlineData("É", "^\\p{Lu}$", true)]
    [InlineData("é", "^\\P{Lu}$", true)]
    [InlineData("ABC", "(?i)^abc$", true)]
    [InlineData("A", "(?i)^[^a]$", false)]
    [InlineData("aB", "^(?i:A)B$", true)]
    [InlineData("ab", "^(?i:A)B$", false)]
    [InlineData("a.c", "^a\\.c$", true)]
    [InlineData("a+b", "^\\Qa+b\\E$", true)]
    [InlineData("x1", "^[[:alpha:]][[:digit:]]$", true)]
    [InlineData("-]", "^[-\\]]+$", true)]
    [InlineData("]", "^[]]$", true)]
    [InlineData("a{,2}", "^a{,2}$", true)]
    [InlineData("2026-11", "^(?P<y>\\d{4})-(?<m>\\d{2})$", true)]
    [InlineData("A", "^\\x41\\x{42}?\\103?$", true)]
    [InlineData("aaa", "^a{2,}$", true)]
    [InlineData("foo bar", "\\bbar\\b", true)]
    [InlineData("", "", true)]
    [InlineData("b", "a|b|", true)]
    [InlineData("a b", "^a\\sb$", true)]
    [InlineData("a\vb", "^a\\sb$", false)]
    public void A_pattern_matches_as_in_RE2(string text, string pattern, bool expected)
    {
        var variables = new CelVariables().Add("t", CelValue.From(text)).Add("p", CelValue.From(pattern));
        Assert.Equal(expected, CelExpression.Parse("t.matches(p)").Evaluate(variables, CelContext.Default).AsBool());
    }

    [Theory]
    [InlineData("(", "has a '(' without a ')'")]
    [InlineData("a)", "has a ')' without a '('")]
    [InlineData("[a", "has a '[' without a ']'")]
    [InlineData("*a", "has a '*' with nothing to repeat before it")]
    [InlineData("a**", "has a repetition of a repetition, such as 'a**'")]
    [InlineData("(?=a)", "looks ahead or behind, which RE2 does not do")]
    [InlineData("(?<!a)", "looks ahead or behind, which RE2 does not do")]
    [InlineData("(a)\\1", "refers back to a group with \\1, which RE2 does not do")]
    [InlineData("(?>a)", "has a group that RE2 does not know")]
    [InlineData("a{1001}", "repeats something more than 1000 times")]
    [InlineData("((a{100}){100}){100}", "repeats something more than 1000 times")]
    [InlineData("a{3,2}", "whose second number is smaller")]
    [InlineData("[b-a]", "whose end is before its start")]
    [InlineData("\\", "ends with a '\\'")]
    [InlineData("\\y", "has the escape '\\y', which RE2 does not know")]
    [InlineData("\\p{Klingon}", "has the class \\p{Klingon}")]
    [InlineData("[[:nope:]]", "has the class [:nope:], which RE2 does not know")]
    [InlineData("(?P<n>a)(?P<n>b)", "has two groups named 'n'")]
    public void What_is_not_RE2_is_refused_with_the_reason(string pattern, string expected)
    {
        var variables = new CelVariables().Add("p", CelValue.From(pattern));
        var error = Assert.Throws<CelException>(() => CelExpression.Parse("'x'.matches(p)").Evaluate(variables, CelContext.Default)).Error;
        Assert.Equal(CelErrorCodes.InvalidPattern, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constant_pattern_is_checked_before_any_evaluation() =>
        Assert.Equal(CelErrorCodes.InvalidPattern, Assert.Single(CelExpression.Parse("input.matches('(')").Problems).Code);

    [Fact]
    public void A_pattern_that_makes_others_backtrack_takes_no_time()
    {
        var variables = new CelVariables().Add("t", CelValue.From(new string('a', 50_000) + "!"));
        Assert.False(CelExpression.Parse("t.matches('^(a+)+$')").Evaluate(variables, CelContext.Default).AsBool());
    }

    [Theory]
    [InlineData(300)]
    [InlineData(20)]
    public void A_pattern_that_takes_too_much_to_compile_is_refused(int classes)
    {
        var pattern = string.Concat(Enumerable.Repeat("\\pL", classes));
        Assert.Contains("too large", Cel.Fail($"'x'.matches(r'{pattern}')").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compiling_patterns_in_a_loop_is_paid_for() => Assert.Equal(
        CelErrorCodes.Limit, Cel.Fail("lists.range(10000).all(i, !'x'.matches('y' + string(i)))").Code);

    [Fact]
    public void A_pattern_that_is_too_long_is_refused() =>
        Assert.Contains("the limit is 1,000", Cel.Fail($"'x'.matches('{new string('a', 1_001)}')").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("regex.replace('banana', 'a', 'x', 2)", "\"bxnxna\"")]
    [InlineData("regex.replace('foo bar', '(fo)o (ba)r', r'\\2 \\1')", "\"ba fo\"")]
    [InlineData("regex.replace('a', 'a', r'\\\\')", "\"\\\\\"")]
    [InlineData("regex.extractAll('id:123, id:456', r'id:(\\d+)')", "[\"123\",\"456\"]")]
    [InlineData("regex.extract('HELLO', 'hello')", "null")]
    public void Regex_functions_replace_and_extract(string source, string expected) => Cel.AssertGives(expected, source);

    [Theory]
    [InlineData("regex.replace('test', '(.)', r'\\2')")]
    [InlineData("regex.replace('test', '(.)', r'\\x')")]
    [InlineData("regex.extract('a@b', '(.*)@(.*)')")]
    public void Regex_functions_refuse_groups_that_make_no_sense(string source) =>
        Assert.Equal(CelErrorCodes.InvalidArgument, Cel.Fail(source).Code);
}
