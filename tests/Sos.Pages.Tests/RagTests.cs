using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed partial class RagTests(Browser browser)
{
    private const string Leave = "# Leave\n\n## Annual leave\n\nEverybody has 28 days of annual leave a year.\n\n## Sick leave\n\nWho is ill calls before nine. <script>window.__hit=1</script>\n";
    private const string Pumps = "# Pumps\n\nPumps are checked every week. A pump that leaks is repaired at once.\n";

    [BrowserFact]
    public async Task An_index_is_made_documents_are_uploaded_and_their_chunks_read()
    {
        await using var tab = await browser.OpenLiveAsync("/indexes");
        var page = tab.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "New index" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Not a name");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the index" }).ClickAsync();
        await Expect(page.GetByText("The name must be 1 to 63 lower-case letters")).ToBeVisibleAsync();
        var name = $"made-{Guid.NewGuid():N}"[..20];
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("What it is for").FillAsync("People & pumps");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the index" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1 })).ToBeVisibleAsync();
        await Expect(page.GetByText("No document yet")).ToBeVisibleAsync();

        await page.GetByText("Metadata for these files").ClickAsync();
        await page.GetByLabel("Metadata as a JSON object").FillAsync("""{"team": "people"}""");
        await page.GetByLabel("Choose files or drop them here").SetInputFilesAsync([Payload("leave.md", "text/markdown", Leave), Payload("broken.pdf", "application/pdf", "%PDF")]);
        var leave = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "leave.md" });
        await Expect(leave).ToContainTextAsync("ready", new() { Timeout = 20_000 });
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "broken.pdf" })).ToContainTextAsync("can't be read");
        await leave.GetByRole(AriaRole.Link, new() { Name = "Trace" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await Expect(page.GetByText("rag-ingest").First).ToBeVisibleAsync();
        await tab.FollowAsync(() => page.GoBackAsync());

        await page.GetByRole(AriaRole.Link, new() { Name = "Failed" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = "All", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Leave", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Leave", Level = 1 })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Metadata")).ToContainTextAsync("\"team\": \"people\"");
        var chunks = page.Locator(".rag-chunks > li");
        await Expect(chunks).ToHaveCountAsync(2);
        await Expect(chunks.Nth(0)).ToContainTextAsync("Chunk 1");
        await Expect(chunks.Nth(0)).ToContainTextAsync(TokensAndPlace());
        await Expect(chunks.Nth(1)).ToContainTextAsync("Leave › Sick leave");
        await Expect(chunks.Nth(1)).ToContainTextAsync("<script>window.__hit=1</script>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete it with its chunks" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "broken.pdf" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);

        await page.GotoAsync("/indexes");
        await page.GetByRole(AriaRole.Button, new() { Name = $"Delete {name}" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete the index" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true })).ToHaveCountAsync(0);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_query_says_why_each_chunk_ranks()
    {
        var (id, _) = await IndexAsync(("leave.md", Leave, """{"team": "people"}"""), ("pumps.md", Pumps, """{"team": "works"}"""));
        await using var tab = await browser.OpenLiveAsync($"/indexes/{id}?tab=query");
        var page = tab.Page;
        await page.GetByLabel("Question").FillAsync("Which pump is leaking?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();

        var first = page.Locator(".rag-hit").First;
        await Expect(first.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Pumps");
        await Expect(first).ToContainTextAsync("place 1, score");
        await Expect(first).ToContainTextAsync("adds 0.500");
        await Expect(first).ToContainTextAsync("place 1, cosine");
        await Expect(first.Locator(".rag-score")).ToContainTextAsync("1.000");
        // Found with its endings, as the index's language has them; everything else is as it was written.
        Assert.Equal(["Pumps", "Pumps", "pump", "leaks"], await first.Locator(".rag-text mark").AllInnerTextsAsync());
        Assert.Contains("Pumps are checked every week. A pump that leaks is repaired at once.", await first.Locator(".rag-text").InnerTextAsync(), StringComparison.Ordinal);
        await Expect(page).ToHaveURLAsync(RunInAddress());

        // The address shows the same answer again.
        await tab.FollowAsync(() => page.ReloadAsync());
        await Expect(page.GetByLabel("Question")).ToHaveValueAsync("Which pump is leaking?");
        await Expect(page.Locator(".rag-hit").First.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Pumps");
        await tab.ExpectAccessibleAsync();

        await page.GetByLabel("Filter on metadata").FillAsync("{ team");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();
        await Expect(page.GetByText("The filter is not JSON")).ToBeVisibleAsync();
        await page.GetByLabel("Filter on metadata").FillAsync("""{"team": "people"}""");
        await page.GetByLabel("Search", new() { Exact = true }).SelectOptionAsync("text");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Nothing was found")).ToBeVisibleAsync();
        await page.GetByLabel("Question").FillAsync("annual leave");
        await page.GetByLabel("Passages").FillAsync("1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();
        await Expect(page.Locator(".rag-hit")).ToHaveCountAsync(1);
        await Expect(page.Locator(".rag-hit")).ToContainTextAsync("28 days");
        await Expect(page.GetByText("By vectors", new() { Exact = true })).ToHaveCountAsync(0);

        await page.Locator(".rag-hit").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator(".rag-chunks .chosen")).ToContainTextAsync("28 days");
        await page.GoBackAsync();
        await page.Locator(".rag-run").GetByRole(AriaRole.Link, new() { Name = "Trace" }).ClickAsync();
        await Expect(page.GetByText("rag-query").First).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task Uploads_show_how_far_they_are_and_can_be_cancelled()
    {
        var (id, _) = await IndexAsync();
        await using var tab = await browser.OpenLiveAsync($"/indexes/{id}");
        var page = tab.Page;
        // Of a type that is refused when it is ingested: what is tested is the way here.
        var large = new string('x', 3 * 1024 * 1024);
        await page.GetByLabel("Choose files or drop them here").SetInputFilesAsync(
            [Payload("one.bin", "application/pdf", large), Payload("two.bin", "application/pdf", large), Payload("three.bin", "application/pdf", large), Payload("four.bin", "application/pdf", "late")]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel the upload of four.bin" }).ClickAsync();
        var files = page.GetByRole(AriaRole.List, new() { Name = "Files" }).GetByRole(AriaRole.Listitem);
        await Expect(files.Nth(3)).ToContainTextAsync("cancelled");
        await Expect(files.Nth(2)).ToContainTextAsync("uploaded", new() { Timeout = 60_000 });
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "three.bin" })).ToContainTextAsync("failed");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "four.bin" })).ToHaveCountAsync(0);

        await page.GetByLabel("Choose files or drop them here").SetInputFilesAsync([Payload("huge.txt", "text/plain", new string('x', 10 * 1024 * 1024 + 1))]);
        await Expect(files).ToHaveCountAsync(1);
        await Expect(files.First).ToContainTextAsync("10,485,760");
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task An_ingestion_under_way_is_shown_until_its_document_is_ready()
    {
        var (id, name) = await IndexAsync();
        var text = new StringBuilder();
        for (var i = 0; i < 30_000; i++)
            text.Append("Entry ").Append(i).Append(" of the log says that valve ").Append(i % 977).Append(" was opened.\n");
        await browser.PostAsync($"/api/v1/rag-indexes/{name}/documents", JsonSerializer.Serialize(new { source = "log.txt", text = text.ToString() }));
        await using var tab = await browser.OpenAsync($"/indexes/{id}");

        var row = tab.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "log.txt" });
        await Expect(row.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await Expect(row).ToContainTextAsync("ready", new() { Timeout = 120_000 });
    }

    [BrowserFact]
    public async Task A_viewer_reads_and_changes_nothing()
    {
        var (id, name) = await IndexAsync(("leave.md", Leave, "{}"));
        var key = (await browser.PostAsync("/api/v1/api-keys", """{"name": "reader", "role": "viewer"}""")).GetProperty("key").GetString()!;
        await using var tab = await browser.OpenAsync("/indexes", key: key);
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "New index" })).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = $"Delete {name}" })).ToHaveCountAsync(0);
        await tab.Page.GotoAsync($"/indexes/{id}");
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Leave", Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Choose files or drop them here")).ToHaveCountAsync(0);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Try a query" }).ClickAsync();
        await Expect(tab.Page.GetByText("needs the role developer")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Question")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_question_to_another_index_is_not_shown()
    {
        var (_, name) = await IndexAsync(("leave.md", Leave, "{}"));
        var (other, _) = await IndexAsync(("pumps.md", Pumps, "{}"));
        var run = (await browser.PostAsync($"/api/v1/rag-indexes/{name}/query", """{"query": "leave"}""")).GetProperty("executionId").GetString();
        await using var tab = await browser.OpenAsync($"/indexes/{other}?tab=query&run={run}");
        await Expect(tab.Page.GetByText("There is no such question to this index.")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator(".rag-hit")).ToHaveCountAsync(0);
    }

    private async Task<(string Id, string Name)> IndexAsync(params (string Source, string Text, string Metadata)[] documents)
    {
        var name = $"pages-{Guid.NewGuid():N}"[..24];
        var id = (await browser.PostAsync("/api/v1/rag-indexes", $$"""{"name": "{{name}}"}""")).GetProperty("id").GetString()!;
        foreach (var (source, text, metadata) in documents)
            await browser.PostAsync($"/api/v1/rag-indexes/{name}/documents?wait=30s", JsonSerializer.Serialize(new { source, text, metadata = JsonElement.Parse(metadata) }));
        return (id, name);
    }

    private static FilePayload Payload(string name, string type, string text) => new() { Name = name, MimeType = type, Buffer = Encoding.UTF8.GetBytes(text) };

    [GeneratedRegex(@"\d+ tokens · characters 0–\d+")]
    private static partial Regex TokensAndPlace();

    [GeneratedRegex(@"\?tab=query&run=[0-9a-f-]{36}$")]
    private static partial Regex RunInAddress();
}
