using System.Text.RegularExpressions;
using Sos.Api.Pages.Nodes;
using Sos.Executors.Nodes;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed partial class NodesTests(Browser browser)
{
    [BrowserFact]
    public async Task A_node_type_has_an_example_its_output_and_its_errors_beside_its_config()
    {
        await using var tab = await browser.OpenAsync("/nodes/http");
        var page = tab.Page;
        await Expect(page.GetByLabel("Example", new() { Exact = true })).ToContainTextAsync("\"type\": \"http\"");
        await Expect(page.GetByLabel("Output").First).ToContainTextAsync("\"status\": 200");
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = "http_timeout" })).ToBeVisibleAsync();
        await Expect(page.GetByText("Where requests may go.")).ToBeVisibleAsync();
        Assert.DoesNotMatch(@"\*\*\w", await page.Locator("main").InnerTextAsync());
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_node_type_begins_a_new_workflow()
    {
        await using var tab = await browser.OpenAsync("/nodes/http");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Use in a new workflow" }).ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(NewWorkflow());
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "New workflow" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Workflow name")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("[data-node=http]")).ToBeVisibleAsync();
    }

    [Fact]
    public void Every_built_in_node_type_has_an_example_an_output_and_errors()
    {
        foreach (var type in BuiltInNodes.Types)
        {
            var notes = NodeNotes.Of(type.Name);
            Assert.NotNull(notes);
            Assert.Contains($"\"type\": \"{type.Name}\"", notes.Example, StringComparison.Ordinal);
            Assert.DoesNotContain(notes.More.Concat(notes.Output).Concat(notes.Errors).OfType<NoteBlock.Table>(), t => t.Rows.Any(r => r.Count != t.Header.Count));
        }
        Assert.Null(NodeNotes.Of("no-such-type"));
    }

    [Fact]
    public void Sentences_are_read_with_their_code_links_and_emphasis()
    {
        var spans = NoteSpan.Of("As `a|b` in [`llm`](#llm), **not *x*** but [there](rag.md) or [PostgreSQL](https://www.postgresql.org/docs).").ToList();
        Assert.Equal(
            [(NoteSpanKind.Code, "a|b", null), (NoteSpanKind.Link, "`llm`", "/nodes/llm"), (NoteSpanKind.Link, "there", null), (NoteSpanKind.Link, "PostgreSQL", "https://www.postgresql.org/docs")],
            spans.Where(s => s.Kind is NoteSpanKind.Code or NoteSpanKind.Link).Select(s => (s.Kind, s.Text, s.Address)));
        Assert.Equal("As ", spans[0].Text);
        Assert.Equal(".", spans[^1].Text);
    }

    [GeneratedRegex(@"/workflows/new\?node=http$")]
    private static partial Regex NewWorkflow();
}
