using System.Diagnostics;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

public sealed class LimitTests
{
    [Fact]
    public void A_source_that_is_too_long_is_refused()
    {
        var error = Cel.Fail("'" + new string('x', 20_000) + "'");
        Assert.Equal((CelErrorCodes.Limit, "The expression has 20,002 characters; the limit is 16,384."), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("f(", "1", ")")]
    [InlineData("a ? b : ", "1", "")]
    [InlineData("1 + ", "1", "")]
    [InlineData("a || ", "b", "")]
    [InlineData("{1: ", "1", "}")]
    [InlineData("", "a", ".b")]
    [InlineData("", "a", "[0]")]
    [InlineData("[1].map(x, ", "x", ")")]
    public void Nesting_that_is_too_deep_is_refused(string before, string core, string after)
    {
        static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
        Assert.True(CelExpression.TryParse(Repeat(before, 100) + core + Repeat(after, 100), null, out _, out _));
        var error = Cel.Fail(Repeat(before, 1_000) + core + Repeat(after, 1_000));
        Assert.Equal((CelErrorCodes.Limit, "The expression is nested more than 200 levels deep."), (error.Code, error.Message));
    }

    [Fact]
    public void Signs_may_repeat_at_any_length() => Cel.AssertGives("7", new string('-', 10_000) + "7");

    [Theory]
    [InlineData("lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))")]
    [InlineData("lists.range(1000000000)")]
    [InlineData("lists.range(2000).map(a, lists.range(2000)).flatten().distinct()")]
    [InlineData("sets.contains(lists.range(3000), lists.range(3000))")]
    [InlineData("lists.range(1000).map(x, lists.range(3000)).map(x, x == x)")]
    public void A_loop_that_takes_too_long_is_stopped_whatever_surrounds_it(string source)
    {
        var watch = Stopwatch.StartNew();
        var error = Cel.Fail($"true || false ? ({source}) == 1 || true : false");
        Assert.Equal(CelErrorCodes.Limit, error.Code);
        Assert.Contains("2,000,000", error.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("cel.bind(a, 'x'.replace('', input.k), cel.bind(b, a.replace('x', a), b.replace('x', b)))")]
    [InlineData("lists.range(2000).map(x, input.k).join(input.k)")]
    [InlineData("(input.k + input.k + input.k + input.k).replace('x', input.k)")]
    public void A_text_that_gets_too_large_is_stopped(string source)
    {
        var error = Cel.Fail(source, $$"""{ "k": "{{new string('x', 20_000)}}" }""");
        Assert.Equal(CelErrorCodes.Limit, error.Code);
    }

    [Theory]
    [InlineData("(input.t + 'b').contains(input.t.substring(100000) + 'c')")]
    [InlineData("lists.range(200000).all(x, input.t <= input.t)")]
    [InlineData("lists.range(200000).all(x, input.t == input.t)")]
    [InlineData("lists.range(200000).all(x, !(input.t in {'a': 1}))")]
    [InlineData("lists.range(200000).exists(x, {'a': 1}[input.t] == 2)")]
    [InlineData("lists.range(200000).exists(x, int(input.t) == 2)")]
    [InlineData("lists.range(200000).all(x, !input.t.matches('^(a|aa)+b$'))")]
    [InlineData("lists.range(200000).all(x, input.m.all(k, true))")]
    [InlineData("lists.range(200000).all(x, input.l.slice(0, 1) == [1])")]
    [InlineData("lists.range(200000).all(x, input.l.last().value() == 1)")]
    [InlineData("'%s'.format([lists.range(200).map(x, input.t)])")]
    [InlineData("'%s'.format([lists.range(200).transformMap(i, x, input.t)])")]
    public void Large_texts_and_lists_are_paid_for_each_time_they_are_read(string source)
    {
        var text = new string('a', 200_000);
        var list = string.Join(',', Enumerable.Repeat(1, 100_000));
        var watch = Stopwatch.StartNew();
        var error = Cel.Fail(source, $$"""{ "t": "{{text}}", "m": { "{{text}}": 1 }, "l": [{{list}}] }""");
        Assert.Equal(CelErrorCodes.Limit, error.Code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60));
        Assert.InRange(error.Message.Length, 1, 300);
    }

    [Fact]
    public void A_search_through_a_large_object_costs_more_than_one_through_a_small_one()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"k{i}\": {i}")) + "}";
        Assert.Equal(CelErrorCodes.Limit, Cel.Fail("lists.range(5000).all(i, input.k0 == 0)", json).Code);
    }

    [Fact]
    public void A_cancelled_token_stops_a_loop()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var context = new CelContext { CancellationToken = source.Token };
        Assert.Throws<OperationCanceledException>(() => Cel.Evaluate("lists.range(50000).all(x, x >= 0)", context: context));
    }

    [Fact]
    public void Absorbed_errors_are_cheap()
    {
        var json = "[" + string.Join(',', Enumerable.Repeat("{}", 20_000)) + "]";
        var watch = Stopwatch.StartNew();
        Assert.Equal(CelErrorCodes.NoSuchField, Cel.Fail("input.exists(x, x.missing == 1)", json).Code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }
}
