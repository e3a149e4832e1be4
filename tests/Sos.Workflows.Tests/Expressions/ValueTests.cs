using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

public sealed class ValueTests
{
    [Theory]
    [InlineData("{1: 'a', 2: 'b', 3: 'c', 4: 'd', 5: 'e', 6: 'f', 7: 'g', 8: 'h', 9: 'i', 10: 'j'}[9.0]", "\"i\"")]
    [InlineData("lists.range(100).transformMap(i, v, v * 2)[99u]", "198")]
    [InlineData("'a' < '\\U0001F600' && '\\uFFFD' < '\\U0001F600'", "true")]
    [InlineData("size('a😀é')", "3")]
    [InlineData("'😀b'.charAt(1)", "\"b\"")]
    [InlineData("'a😀b'.indexOf('b')", "2")]
    [InlineData("'a😀b'.substring(1, 2)", "\"😀\"")]
    [InlineData("'a😀b'.reverse()", "\"b😀a\"")]
    [InlineData("'a😀b'.split('')", "[\"a\",\"😀\",\"b\"]")]
    [InlineData("''.split('')", "[]")]
    [InlineData("''.split(',')", "[\"\"]")]
    [InlineData("'a,b,c'.split(',', 2)", "[\"a\",\"b,c\"]")]
    [InlineData("'ab'.replace('', '-')", "\"-a-b-\"")]
    [InlineData("'ab'.replace('', '-', 1)", "\"-ab\"")]
    [InlineData("'%.0f %.0f %.1f %.2e'.format([0.5, 1.5, 0.25, 123456])", "\"0 2 0.2 1.23e+05\"")]
    [InlineData("'%e'.format([9.9999999])", "\"1.000000e+01\"")]
    [InlineData("'%s'.format([b'a\\xff\\xfeb'])", "\"a\\ufffdb\"")]
    [InlineData("'%x %o %b'.format([-30, -8, -5])", "\"-1e -10 -101\"")]
    [InlineData("'%s'.format([1e21])", "\"1000000000000000000000\"")]
    [InlineData("string(1e21)", "\"1e+21\"")]
    [InlineData("string(1234567.5)", "\"1234567.5\"")]
    [InlineData("string(0.00001)", "\"1e-05\"")]
    [InlineData("string(1.5e300)", "\"1.5e+300\"")]
    [InlineData("string(0.0001)", "\"0.0001\"")]
    [InlineData("[1, 2u, 1.0, '1'].distinct()", "[1,2,\"1\"]")]
    [InlineData("[[1], [1.0], [2]].distinct()", "[[1],[2]]")]
    [InlineData("[3, 1.5, 2u].sort()", "[1.5,2,3]")]
    [InlineData("[{'k': 2, 'v': 'a'}, {'k': 1, 'v': 'b'}, {'k': 2, 'v': 'c'}].sortBy(x, x.k).map(x, x.v)", "[\"b\",\"a\",\"c\"]")]
    [InlineData("cel.bind(x, 1 / 0, true)", "true")]
    [InlineData("optional.of(1).orValue(1 / 0)", "1")]
    [InlineData("timestamp('2026-07-01T00:00:00Z').getHours('Europe/Berlin')", "2")]
    [InlineData("timestamp('2026-01-01T00:00:00Z').getHours('US/Pacific')", "16")]
    [InlineData("timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')", "1")]
    [InlineData("duration('1.5h30m0.5s') == duration('7200.5s')", "true")]
    [InlineData("[1].exists(input, input == 1)", "true")]
    [InlineData("[1].map(x, [2].map(x, x))", "[[2]]")]
    [InlineData("{'a': 1}.all(k, v, k == 'a' && v == 1)", "true")]
    public void An_expression_gives_its_value(string source, string expected) => Cel.AssertGives(expected, source);

    [Fact]
    public void JSON_and_other_values_are_equal_by_value()
    {
        const string Input = """{ "a": [1, "x", null, { "b": 2.5 }], "s": "caf\u00e9" }""";
        Cel.AssertGives("true", "input.a == [1.0, 'x', null, {'b': 2.5}]", Input);
        Cel.AssertGives("true", "{'s': 'café', 'a': input.a} == input", Input);
        Cel.AssertGives("true", "input.s == 'café' && input.s in ['café'] && 'café' in [input.s] && input.s == input.s", Input);
        Cel.AssertGives("true", "'a' in input && !('z' in input) && !(1 in input)", Input);
    }

    [Fact]
    public void Values_of_the_host_come_back_as_they_were()
    {
        var time = new DateTimeOffset(1969, 12, 31, 23, 59, 59, 500, TimeSpan.Zero).AddTicks(3);
        Assert.Equal(time, CelValue.From(time).AsTimestamp());
        Assert.Equal(TimeSpan.FromTicks(-15), CelValue.From(TimeSpan.FromTicks(-15)).AsDuration());
        Assert.Equal("x", CelValue.From("x").AsString());
        Assert.True(CelValue.From((string?)null).IsNull);
        Assert.Equal([1, 2], CelValue.From([1, 2]).AsBytes().ToArray());
        Assert.Throws<InvalidOperationException>(() => CelValue.From(1).AsString());
        Assert.Equal(CelValue.From(2L), CelValue.From(2.0));
        Assert.Equal(CelValue.From(2L).GetHashCode(), CelValue.From(2.0).GetHashCode());
        Assert.Throws<ArgumentException>(() => CelValue.FromMap(new("a", default), new("a", default)));
    }

    [Fact]
    public void A_variable_with_dots_wins_over_fields_and_a_macro_variable_over_both()
    {
        var variables = new CelVariables().Add("a.b", CelValue.From("dotted"))
            .Add("a", CelValue.FromMap(new KeyValuePair<string, CelValue>("b", CelValue.From("field"))));
        Assert.Equal("dotted", Evaluate("a.b"));
        Assert.Equal("field", Evaluate("a['b']"));
        Assert.Equal("local", Evaluate("[{'b': 'local'}].map(a, a.b)[0]"));
        Assert.Equal("dotted", Evaluate("[{'b': 'local'}].map(a, .a.b)[0]"));

        string Evaluate(string source) => CelExpression.Parse(source).Evaluate(variables, CelContext.Default).AsString();
    }

    [Fact]
    public void One_expression_serves_many_threads()
    {
        var expression = CelExpression.Parse("lists.range(input.n).map(x, x * x).filter(x, x % 2 == 0).size()");
        var results = Enumerable.Range(1, 400).AsParallel()
            .Select(n => expression.Evaluate(Cel.Variables($$"""{ "n": {{n}} }"""), CelContext.Default).AsInt() == (n + 1) / 2);
        Assert.All(results, Assert.True);
    }
}
