using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>A workflow's versions: the list, their comparison, their files.</summary>
[Collection(Browser.Collection)]
public sealed class VersionsTests(Browser browser)
{
    [BrowserFact]
    public async Task Two_versions_are_chosen_and_compared_as_a_graph_as_places_and_as_text()
    {
        var workflow = await SaveAsync(Definition("compared", "Hello", "old"), Definition("compared", "Hello", "new"), Definition("compared", "Goodbye", "new"));
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}?tab=versions");
        var page = tab.Page;

        await page.GetByRole(AriaRole.Radio, new() { Name = "Compare from version 1" }).CheckAsync();
        await page.GetByRole(AriaRole.Radio, new() { Name = "Compare to version 3" }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare the chosen versions" }).ClickAsync();

        await Expect(page).ToHaveURLAsync(new Regex(@"/compare\?to=3&from=1$"));
        await tab.AnswersAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Version 1 and version 3" })).ToBeVisibleAsync();
        await Expect(page.Locator(".mark-added [data-node=new]")).ToHaveAccessibleNameAsync(new Regex("added"));
        await Expect(page.Locator(".mark-removed [data-node=old]")).ToHaveAccessibleNameAsync(new Regex("removed"));
        await Expect(page.Locator(".mark-changed [data-node=greet]")).ToHaveAccessibleNameAsync(new Regex("config changed"));
        await Expect(page.Locator(".edge-added")).ToHaveCountAsync(1);
        await Expect(page.Locator(".edge-removed")).ToHaveCountAsync(1);

        var place = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "/nodes/0/config/value" });
        await Expect(place).ToContainTextAsync("changed");
        await Expect(place).ToContainTextAsync("\"Hello\"");
        await Expect(place).ToContainTextAsync("\"Goodbye\"");

        var text = page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex("line by line") });
        await Expect(text.Locator("tr.removed").Filter(new() { HasText = "Hello" })).ToContainTextAsync("removed");
        await Expect(text.Locator("tr.added mark").Filter(new() { HasText = "Goodbye" })).ToBeVisibleAsync();
        var folded = text.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("unchanged lines") });
        var before = await folded.CountAsync();
        Assert.True(before > 0);
        await folded.First.ClickAsync();
        await Expect(folded).ToHaveCountAsync(before - 1);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_chosen_node_shows_its_own_places_only()
    {
        var workflow = await SaveAsync(Definition("chosen", "Hello", "old"), Definition("chosen", "Goodbye", "new"));
        await using var tab = await browser.OpenAsync($"/workflows/{workflow}/compare");
        await tab.AnswersAsync();
        await Expect(tab.Page.GetByText("/nodes/1", new() { Exact = true })).ToHaveCountAsync(2);

        await tab.Page.Locator("[data-node=greet]").ClickAsync();
        await Expect(tab.Page.GetByText("/nodes/1", new() { Exact = true })).ToHaveCountAsync(0);
        await Expect(tab.Page.GetByText("/nodes/0/config/value")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show all places" }).ClickAsync();
        await Expect(tab.Page.GetByText("/nodes/1", new() { Exact = true })).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task The_same_version_twice_says_so_and_a_version_that_is_not_there_is_not_found()
    {
        var workflow = await SaveAsync(Definition("twice", "Hello", "old"), Definition("twice", "Goodbye", "old"));
        await using var tab = await browser.OpenAsync($"/workflows/{workflow}/compare?from=2&to=2");
        await Expect(tab.Page.GetByText("Both say the same.")).ToBeVisibleAsync();
        foreach (var query in (string[])["from=1&to=3", "from=0&to=1", "from=x&to=1"])
            Assert.Equal(404, (await tab.Page.GotoAsync($"/workflows/{workflow}/compare?{query}"))!.Status);
    }

    [BrowserFact]
    public async Task A_version_is_a_file_to_download_that_can_be_imported_again()
    {
        var workflow = await SaveAsync(Definition("to a file", "Hello", "old"), Definition("to a file", "Goodbye", "old"));
        await using var tab = await browser.OpenAsync($"/workflows/{workflow}?tab=versions");
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByRole(AriaRole.Link, new() { Name = "Download version 1" }).ClickAsync());
        Assert.Equal("to-a-file-v1.json", download.SuggestedFilename);
        var text = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.Contains("Hello", text, StringComparison.Ordinal);
        Assert.True((await browser.PostAsync("/api/v1/workflows/validate", text)).GetProperty("valid").GetBoolean());
    }

    [BrowserFact]
    public async Task More_versions_and_runs_than_fit_a_page_are_on_the_next_ones()
    {
        var workflow = await SaveAsync([.. Enumerable.Range(1, 52).Select(i => Definition("many", i.ToString(CultureInfo.InvariantCulture), "old"))]);
        for (var i = 0; i < 51; i++)
            await browser.PostAsync($"/api/v1/workflows/{workflow}/executions", "{}");
        await using var tab = await browser.OpenAsync($"/workflows/{workflow}?tab=versions");

        var versions = tab.Page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex(@"^Version \d+$") });
        await Expect(versions).ToHaveCountAsync(50);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(versions).ToHaveTextAsync(["Version 2", "Version 1"]);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Newest" }).ClickAsync();
        await Expect(versions.First).ToHaveTextAsync("Version 52");

        await tab.Page.GotoAsync($"/workflows/{workflow}?tab=runs");
        var runs = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Runs" }).Locator("tbody tr");
        await Expect(runs).ToHaveCountAsync(50);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(runs).ToHaveCountAsync(1);
        tab.ExpectNoComplaint();
    }

    private static string Definition(string name, string word, string second) => $$"""
        { "name": {{JsonSerializer.Serialize(name)}},
          "nodes": [ { "id": "greet", "type": "transform", "config": { "value": {{JsonSerializer.Serialize(word)}} } }, { "id": "{{second}}", "type": "transform", "config": { "value": 1 } },
                     { "id": "end", "type": "transform", "config": { "value": { "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9 } } } ],
          "edges": [ { "from": "greet", "to": "{{second}}" } ] }
        """;

    private async Task<string> SaveAsync(params string[] versions)
    {
        var id = await browser.SaveAsync(versions[0]);
        foreach (var version in versions.Skip(1))
        {
            using var answer = await browser.Api.PutAsync($"/api/v1/workflows/{id}", JsonContent.Create(JsonElement.Parse(version)));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
        return id;
    }
}
