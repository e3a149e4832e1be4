using System.Text.Json;
using Sos.Api.Pages.Json;

namespace Sos.Api.Tests.Pages.Json;

public sealed class JsonTreeModelTests
{
    [Fact]
    public void Children_come_a_hundred_at_a_time()
    {
        var tree = new JsonTreeModel(JsonElement.Parse($"[{string.Join(',', Enumerable.Range(0, 250))}]"), "Output");
        Assert.Single(tree.Rows());
        tree.Toggle("");
        Assert.Equal((1 + 100 + 1, 150), (tree.Rows().Count, tree.Rows()[^1].Count));
        tree.ShowMore("");
        tree.ShowMore("");
        Assert.Equal(1 + 250, tree.Rows().Count);
        Assert.Equal("[249]", tree.Rows()[^1].Path);
        tree.Toggle("");
        Assert.Single(tree.Rows());
    }

    [Fact]
    public void Paths_are_what_expressions_write()
    {
        var tree = new JsonTreeModel(JsonElement.Parse("""{"items": [{"odd key": 1, "name": "x"}]}"""), "Output");
        foreach (var path in new[] { "items", "items[0]" })
        {
            if (tree.Rows().Single(r => r.Path == path) is { IsOpen: false })
                tree.Toggle(path);
        }
        Assert.Equal(["", "items", "items[0]", "items[0][\"odd key\"]", "items[0].name"], tree.Rows().Select(r => r.Path));
        Assert.Equal("x", tree.ValueText("items[0].name"));
        Assert.Equal("""{"odd key": 1, "name": "x"}""", tree.ValueText("items[0]"));
    }

    [Fact]
    public void Long_texts_are_cut_until_they_are_asked_for()
    {
        var tree = new JsonTreeModel(JsonElement.Parse($$"""{"text": "{{new string('a', JsonTreeModel.ShortText - 1)}}😀{{new string('b', 500)}}"}"""), "Output");
        var row = tree.Rows()[1];
        Assert.Equal(new string('a', JsonTreeModel.ShortText - 1), row.Text);
        Assert.Equal(501, row.Cut);
        tree.ShowWhole("text");
        Assert.Equal((JsonTreeModel.ShortText + 501, 0), (tree.Rows()[1].Text.Length, tree.Rows()[1].Cut));
    }

    [Fact]
    public void A_search_unfolds_what_leads_to_each_place()
    {
        var tree = new JsonTreeModel(JsonElement.Parse($$"""{"items": [{{string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"id": {{i}}, "note": "n{{i}}" }"""))}}]}"""), "Output");
        var found = tree.Search("N250");
        Assert.Equal(["items[250].note"], found);
        Assert.Contains(tree.Rows(), r => r.Path == "items[250].note");
        Assert.DoesNotContain(tree.Rows(), r => r.Path == "items[10].note");
        Assert.Empty(tree.Search("nowhere"));
    }

    [Fact]
    public void Ten_megabytes_cost_what_is_looked_at()
    {
        var text = new string('x', 1_000);
        var document = JsonElement.Parse($"[{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""{"id": {{i}}, "text": "{{text}}"}"""))}]");
        var tree = new JsonTreeModel(document, "Output");
        tree.Toggle("");
        Assert.Equal(102, tree.Rows().Count);
        Assert.True(tree.Rows().Sum(r => r.Text.Length) < 1_000);
        Assert.Single(tree.Search("9999"));
    }

    [Fact]
    public void Differences_are_named_by_their_path()
    {
        var left = JsonElement.Parse("""{"a": 1, "list": [1, 2, 3], "same": {"x": 1.0}, "gone": true}""");
        var right = JsonElement.Parse("""{"list": [1, 5], "same": {"x": 1.0}, "a": "1", "new": null}""");
        Assert.Equal(
            [("a", "1", "\"1\""), ("list[1]", "2", "5"), ("list[2]", "3", null), ("gone", "true", null), ("new", null, "null")],
            JsonDifference.Between(left, right, 100).Select(d => (d.Path, d.Left?.GetRawText(), d.Right?.GetRawText())));
        Assert.Equal(2, JsonDifference.Between(left, right, 2).Count);
    }
}
