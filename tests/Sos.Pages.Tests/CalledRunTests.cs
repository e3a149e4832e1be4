using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>Workflows that an execution's nodes called, opened in its graph.</summary>
[Collection(Browser.Collection)]
public sealed class CalledRunTests(Browser browser)
{
    [BrowserFact]
    public async Task A_called_execution_opens_in_the_graph_changes_by_itself_and_leads_to_its_own_page()
    {
        await SaveChildAsync("asks first");
        var parent = await browser.SaveAsync(Calling("calls and waits", "asks first"));
        var run = (await browser.RunAsync(parent, wait: "1s")).GetProperty("id").GetString()!;
        await using var tab = await browser.OpenLiveAsync($"/executions/{run}");
        await tab.AnswersAsync();
        var page = tab.Page;
        await Expect(page.Locator("[data-node='call/ask']")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Open call" }).ClickAsync();
        await Expect(Drawn(page, "call/ask")).ToHaveClassAsync(new Regex("node-waiting"));
        await Expect(Drawn(page, "call/done")).Not.ToHaveClassAsync(new Regex(" node-"));
        var list = page.GetByRole(AriaRole.List, new() { Name = "Opened workflows" });
        await Expect(list).ToContainTextAsync(new Regex("call: asks first, version 1.*waiting", RegexOptions.Singleline));
        var child = (await list.GetByRole(AriaRole.Link, new() { Name = "asks first" }).GetAttributeAsync("href"))![^36..];

        // It is not shown because the page was read anew.
        await page.EvaluateAsync("() => window.__sameDocument = true");
        await browser.PostAsync($"/api/v1/executions/{child}/approvals/ask", """{"decision": "approve"}""");
        await Expect(Drawn(page, "call/ask")).ToHaveClassAsync(new Regex("node-completed"));
        await Expect(Drawn(page, "call/done")).ToHaveClassAsync(new Regex("node-completed"));
        await Expect(Drawn(page, "call")).ToHaveClassAsync(new Regex("node-completed"));
        await Expect(list).ToContainTextAsync("completed");
        Assert.True(await page.EvaluateAsync<bool>("() => window.__sameDocument"), "The page was loaded anew.");

        await page.Locator("[data-node='call/done']").ClickAsync();
        var step = page.GetByRole(AriaRole.Complementary, new() { Name = "Step done" });
        await Expect(step).ToContainTextAsync("forty-two");
        await Expect(page.Locator("[data-node='call/done']")).ToHaveAttributeAsync("aria-pressed", "true");
        await tab.ExpectAccessibleAsync();

        // At the beginning, nothing had been called.
        await page.GetByLabel("Moment of the execution").FillAsync("0");
        await Expect(list).ToContainTextAsync("had called nothing at this moment");
        await Expect(Drawn(page, "call/done")).Not.ToHaveClassAsync(new Regex(" node-"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to now" }).ClickAsync();
        await Expect(Drawn(page, "call/done")).ToHaveClassAsync(new Regex("node-completed"));

        await tab.FollowAsync(() => step.GetByRole(AriaRole.Link, new() { Name = "asks first" }).ClickAsync());
        await Expect(page).ToHaveURLAsync(new Regex($"/executions/{child}\\?node=done$"));
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Step done" })).ToContainTextAsync("forty-two");
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task What_will_be_called_is_shown_until_it_is_and_closing_it_puts_it_away()
    {
        await SaveChildAsync("asks later");
        var parent = await browser.SaveAsync(Calling("not there yet", "asks later"));
        var run = (await browser.PostAsync($"/api/v1/workflows/{parent}/executions", """{"stepMode": true}""")).GetProperty("id").GetString()!;
        await using var tab = await browser.OpenLiveAsync($"/executions/{run}");
        await tab.AnswersAsync();
        var page = tab.Page;
        await Expect(page.Locator(".page-head .status")).ToHaveTextAsync("paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Open call" }).ClickAsync();
        var list = page.GetByRole(AriaRole.List, new() { Name = "Opened workflows" });
        await Expect(list).ToContainTextAsync("has called nothing; shown is asks later, version 1");
        await Expect(Drawn(page, "call/ask")).Not.ToHaveClassAsync(new Regex(" node-"));
        await page.Locator("[data-node='call/ask']").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Step ask" })).ToContainTextAsync("has not been reached");
        await tab.ExpectAccessibleAsync();

        await browser.PostAsync($"/api/v1/executions/{run}/resume", "{}");
        await Expect(Drawn(page, "call/ask")).ToHaveClassAsync(new Regex("node-waiting"));
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Step ask" })).ToContainTextAsync("waiting");

        await page.GetByRole(AriaRole.Button, new() { Name = "Close call" }).ClickAsync();
        await Expect(page.Locator("[data-node='call/ask']")).ToHaveCountAsync(0);
        await Expect(list).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Step ask" })).ToHaveCountAsync(0);
        tab.ExpectNoComplaint();
    }

    private Task<string> SaveChildAsync(string name) => browser.SaveAsync($$"""
        { "name": "{{name}}", "nodes": [ { "id": "ask", "type": "approval", "config": { "message": "Go on?" } }, { "id": "done", "type": "transform", "config": { "value": "forty-two" } } ],
          "edges": [ { "from": "ask", "to": "done", "when": "approved" } ] }
        """);

    private static string Calling(string name, string child) => $$"""
        { "name": "{{name}}", "nodes": [ { "id": "before", "type": "transform", "config": { "value": 1 } }, { "id": "call", "type": "workflow", "config": { "workflow": "{{child}}" } }, { "id": "after", "type": "transform", "config": { "value": 2 } } ],
          "edges": [ { "from": "before", "to": "call" }, { "from": "call", "to": "after" } ] }
        """;

    private static ILocator Drawn(IPage page, string node) => page.Locator(".graph-node").Filter(new() { Has = page.Locator($"[data-node='{node}']") });
}
