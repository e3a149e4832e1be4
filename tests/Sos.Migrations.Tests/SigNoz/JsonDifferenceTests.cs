using System.Text.Json.Nodes;
using Sos.Migrations.SigNoz;

namespace Sos.Migrations.Tests.SigNoz;

public sealed class JsonDifferenceTests
{
    [Theory]
    [InlineData("""{ "a": 60 }""", """{ "a": 60.0 }""")]
    [InlineData("""{ "a": 1, "id": "x", "spec": { "unit": "" } }""", """{ "a": 1 }""")]
    [InlineData("""{ }""", """{ "a": null, "b": "", "c": [], "d": {}, "e": false, "f": 0, "g": { "h": [] } }""")]
    [InlineData("""{ "a": [{ "b": 1, "id": 7 }] }""", """{ "a": [{ "b": 1 }] }""")]
    [InlineData("""{ "a": [{ "name": "x", "b": 1 }, { "name": "y" }] }""", """{ "a": [{ "name": "y" }, { "name": "x", "b": 1 }] }""")]
    public void What_a_server_adds_leaves_out_or_writes_otherwise_is_no_difference(string actual, string wanted) => Assert.Empty(Between(actual, wanted));

    [Theory]
    [InlineData("""{ "a": 1 }""", """{ "a": 2 }""", "a: 1 -> 2")]
    [InlineData("""{ "a": 1 }""", """{ "a": 0 }""", "a: 1 -> 0")]
    [InlineData("""{ "a": "1" }""", """{ "a": 1 }""", "a: \"1\" -> 1")]
    [InlineData("""{ "a": true }""", """{ "a": false }""", "a: true -> false")]
    [InlineData("""{ }""", """{ "a": { "b": "é" } }""", "a: nothing -> {\"b\":\"é\"}")]
    [InlineData("""{ "a": [1, 2] }""", """{ "a": [1] }""", "a: [1,2] -> [1]")]
    [InlineData("""{ "a": [{ "b": 1 }, { "b": 2 }] }""", """{ "a": [{ "b": 1 }, { "b": 3 }] }""", "a[1].b: 2 -> 3")]
    [InlineData("""{ "a": [{ "name": "x", "b": 1 }, { "name": "y" }] }""", """{ "a": [{ "name": "y" }, { "name": "x", "b": 2 }] }""", "a[x].b: 1 -> 2")]
    [InlineData("""{ "a": [{ "name": "x" }] }""", """{ "a": [{ "name": "y" }] }""", "a[0].name: \"x\" -> \"y\"")]
    [InlineData("""{ "a": [{ "name": "x" }, { "name": "x" }] }""", """{ "a": [{ "name": "x" }, { "name": "y" }] }""", "a[1].name: \"x\" -> \"y\"")]
    [InlineData("""{ "a": [1] }""", """{ "a": { "b": 1 } }""", "a: [1] -> {\"b\":1}")]
    public void What_is_wanted_and_not_there_is_told_with_its_place(string actual, string wanted, string difference) => Assert.Equal([difference], Between(actual, wanted));

    [Fact]
    public void Long_values_are_cut() =>
        Assert.Equal([$"a: nothing -> \"{new string('x', 79)}…"], Between("{}", $$"""{ "a": "{{new string('x', 500)}}" }"""));

    private static IEnumerable<string> Between(string actual, string wanted) => JsonDifference.Between(JsonNode.Parse(actual), JsonNode.Parse(wanted)).Select(difference => difference.ToString());
}
