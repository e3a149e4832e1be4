using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Testing.Models;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>What somebody does with SOS from beginning to end, in the browser alone.</summary>
[Collection(Browser.Collection)]
public sealed class StoryFlowTests(Browser browser)
{
    [BrowserFact]
    public async Task A_workflow_is_made_run_watched_repaired_run_again_from_the_failure_approved_and_accounted_for()
    {
        var answered = new TaskCompletionSource();
        await using var model = await ModelServer.StartAsync();
        model.Answer = _ => ModelReply.Say("Thank you!", new ModelUsage(1000, 500)) with { Until = answered.Task };
        var key = await browser.NewWorkspaceAsync();
        await ConnectAsync(key, model);

        // Made in the editor: a model writes, a total is read from text, a person approves it.
        await using var tab = await browser.OpenLiveAsync("/workflows/new", key);
        var page = tab.Page;
        var editor = new EditorDriver(page);
        await page.GetByLabel("Workflow name").FillAsync("orders");
        await editor.AddAsync("Language model");
        await editor.Field("Model *").FillAsync("scripted/writer");
        await editor.Field("Prompt").FillAsync("Thank {{ input.name }}.");
        await editor.AddAsync("Transform");
        await editor.RenameAsync("total");
        await editor.Field("Value *").FillAsync("{{ json(input.order).total }}");
        await editor.AddAsync("Approval");
        await editor.Field("Message *").FillAsync("Pay {{ steps.total }}?");
        await Expect(editor.Edge("llm", "total")).ToHaveCountAsync(1);
        await Expect(editor.Edge("total", "approval")).ToHaveCountAsync(1);
        await Expect(editor.Problems).ToContainTextAsync("No problems");
        await editor.SaveAsync("Version 1");
        await Expect(page).ToHaveURLAsync(new Regex("/workflows/[0-9a-f-]{36}/edit$"));
        await Expect(editor.Node("approval")).ToHaveAttributeAsync("aria-pressed", "true");

        // Run from its page, and watched: the model is still thinking, and then its node and the next change by themselves.
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Leave" }).ClickAsync());
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Run", Exact = true }).First.ClickAsync());
        await page.Locator("#run-input").FillAsync("""{"name": "Ada", "order": "{'total': 12}"}""");
        await tab.FollowAsync(() => editor.Button("Start").ClickAsync());
        await Expect(page).ToHaveURLAsync(new Regex("/executions/"));
        await page.EvaluateAsync("() => window.__sameDocument = true");
        await Expect(Drawn(page, "llm")).ToHaveClassAsync(new Regex("node-running"));
        answered.SetResult();
        await Expect(Drawn(page, "llm")).ToHaveClassAsync(new Regex("node-completed"));
        await Expect(Drawn(page, "total")).ToHaveClassAsync(new Regex("node-failed"));
        await Expect(Status(page)).ToHaveTextAsync("failed");
        Assert.True(await page.EvaluateAsync<bool>("() => window.__sameDocument"), "The page was loaded anew.");

        // The failing node says what is wrong; the way to the editor leads to it.
        await page.Locator("[data-node='total']").ClickAsync();
        await Expect(page.Locator("aside")).ToContainTextAsync("The text is not JSON");
        var failed = page.Url;
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Edit", Exact = true }).ClickAsync());
        await Expect(editor.Field("Value *")).ToHaveValueAsync("{{ json(input.order).total }}");
        await Expect(page.Locator(".ed-result")).ToContainTextAsync("The text is not JSON");
        await editor.Field("Value *").FillAsync("""{{ json(input.order.replace("'", '"')).total }}""");
        await Expect(page.Locator(".ed-result")).ToContainTextAsync("= 12");
        await editor.SaveAsync("Version 2");
        await Expect(editor.Node("total")).ToHaveAttributeAsync("aria-pressed", "true");

        // Run again from there with what was repaired: the model is not asked again.
        await tab.GoAsync(failed);
        await tab.FollowAsync(() => editor.Button("Re-run from total with version 2").ClickAsync());
        await Expect(Status(page)).ToHaveTextAsync("waiting");
        await Expect(page.Locator(".run-facts")).ToContainTextAsync("Version 2");
        Assert.Equal(1, model.Paid);

        // Approved in the inbox.
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^Approvals") }).ClickAsync());
        await editor.Button("Approve Pay 12?").ClickAsync();
        await Expect(page.GetByText("Approved: Pay 12?")).ToBeVisibleAsync();
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Status).GetByRole(AriaRole.Link, new() { Name = "See the run" }).ClickAsync());
        await Expect(Status(page)).ToHaveTextAsync("completed");

        // What the first run cost, and its trace.
        await tab.GoAsync(failed);
        await Expect(page.Locator(".run-facts")).ToContainTextAsync("$0.002");
        await tab.FollowAsync(() => page.Locator(".run-facts a[href^='/traces/']").ClickAsync());
        await Expect(page.GetByRole(AriaRole.Heading, new() { NameRegex = new Regex("^Trace") })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Models" })).ToContainTextAsync("writer");
        await Expect(page.Locator(".run-facts")).ToContainTextAsync("$0.002");
        tab.ExpectNoComplaint();
    }

    private static ILocator Status(IPage page) => page.Locator(".page-head .status");

    private static ILocator Drawn(IPage page, string node) => page.Locator(".graph-node").Filter(new() { Has = page.Locator($"[data-node='{node}']") });

    /// <summary>A thousand tokens to the model cost a tenth of a cent, and as much from it two of them.</summary>
    private async Task ConnectAsync(string key, ModelServer model)
    {
        using var client = new HttpClient { BaseAddress = browser.Address, DefaultRequestHeaders = { { "X-API-Key", key } } };
        await SendAsync(HttpMethod.Post, "model-providers", $$"""{"name": "scripted", "kind": "openai-compatible", "baseUrl": "{{model.OpenAIUrl}}", "apiKey": "scripted-key"}""");
        await SendAsync(HttpMethod.Put, "model-prices", """{"provider": "scripted", "model": "*", "inputPerMillion": 1, "outputPerMillion": 2, "validFrom": "2026-01-01T00:00:00Z", "source": "This test"}""");

        async Task SendAsync(HttpMethod method, string path, string body)
        {
            using var request = new HttpRequestMessage(method, "/api/v1/" + path) { Content = JsonContent.Create(JsonElement.Parse(body)) };
            using var answer = await client.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
