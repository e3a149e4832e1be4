using System.Net;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>What is done with runs, and with what starts, limits and opens them.</summary>
[Collection(Browser.Collection)]
public sealed class OperationFlowTests(Browser browser)
{
    private readonly string _name = $"operated {Guid.NewGuid():N}";

    [BrowserFact]
    public async Task A_run_is_stepped_through_stops_at_a_breakpoint_is_replayed_and_compared()
    {
        var workflow = await ThreeStepsAsync();
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/run");
        var page = tab.Page;
        await page.Locator("#run-input").FillAsync("""{"n": 1}""");
        await page.GetByLabel("Pause before every node").CheckAsync();
        await tab.FollowAsync(() => Button(page, "Start").ClickAsync());
        await Expect(page.GetByText("Paused before a.")).ToBeVisibleAsync();
        await Button(page, "Step").ClickAsync();
        await Expect(page.GetByText("Paused before b.")).ToBeVisibleAsync();
        await Button(page, "Resume").ClickAsync();
        await Expect(page.Locator(".page-head .status")).ToHaveTextAsync("completed");

        await tab.GoAsync($"/workflows/{workflow}/run");
        await page.Locator("#run-input").FillAsync("""{"n": 2}""");
        await page.Locator("[data-node='c']").ClickAsync();
        await Expect(page.GetByText("1 breakpoint")).ToBeVisibleAsync();
        await tab.FollowAsync(() => Button(page, "Start").ClickAsync());
        await Expect(page.GetByText("Paused before c.")).ToBeVisibleAsync();
        await Button(page, "Resume").ClickAsync();
        await Expect(page.Locator(".page-head .status")).ToHaveTextAsync("completed");

        // Back to its beginning, change by change to its end, and to the present.
        await page.GetByLabel("Moment of the execution").PressAsync("Home");
        await Expect(page.Locator(".page-head .status")).ToHaveTextAsync("pending");
        await Expect(page.GetByText("as it was then")).ToBeVisibleAsync();
        await Button(page, "To the next change").ClickAsync();
        await Expect(page.Locator(".replay output")).Not.ToHaveTextAsync(new Regex("^0 ms"));
        await Button(page, "Back to now").ClickAsync();
        await Expect(page.Locator(".page-head .status")).ToHaveTextAsync("completed");

        // What differs from the run before is what was given to it.
        await page.GetByRole(AriaRole.Tab, new() { Name = "Compare" }).ClickAsync();
        await page.Locator(".filters select").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await Expect(page.GetByText("1 of 3 steps differ.")).ToBeVisibleAsync();
        await Button(page, "differs").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Differences" })).ToContainTextAsync("2");
        tab.ExpectNoComplaint();
    }

    [BrowserTheory]
    [InlineData("/approvals")]
    [InlineData("/executions")]
    public async Task A_page_in_the_background_rests_and_shows_what_happened_when_it_is_seen_again(string address)
    {
        await using var tab = await browser.OpenLiveAsync(address);
        var item = $"a lamp {Guid.NewGuid():N}";
        var run = Links(await browser.RunAsync(await browser.WorkflowAsync("order-approval"), $$"""{"item": "{{item}}", "amount": 200}""", wait: "2s"));
        await Expect(run.First).ToBeVisibleAsync();

        await ShowAsync(visible: false);
        var unseen = Links(await browser.RunAsync(await browser.WorkflowAsync("order-approval"), $$"""{"item": "{{item}}", "amount": 300}""", wait: "2s"));
        await Expect(unseen).ToHaveCountAsync(0);
        await ShowAsync(visible: true);
        await Expect(unseen.First).ToBeVisibleAsync();

        ILocator Links(System.Text.Json.JsonElement execution) => tab.Page.Locator($"main a[href*='{execution.GetProperty("id").GetString()}']");

        Task ShowAsync(bool visible) => tab.Page.EvaluateAsync("""
            visible => {
                Object.defineProperty(document, 'hidden', { value: !visible, configurable: true });
                document.dispatchEvent(new Event('visibilitychange'));
            }
            """, visible);
    }

    [BrowserFact]
    public async Task An_approval_is_rejected_on_the_runs_own_page()
    {
        var run = await browser.RunAsync(await browser.WorkflowAsync("order-approval"), """{"item": "a lamp", "amount": 200}""", wait: "2s");
        await using var tab = await browser.OpenLiveAsync($"/executions/{run.GetProperty("id").GetString()}");
        await tab.Page.GetByLabel("Comment on the decision").FillAsync("Too dear");
        await Button(tab.Page, "Reject").ClickAsync();
        await Expect(tab.Page.Locator(".page-head .status")).Not.ToHaveTextAsync("waiting");
        await Expect(Button(tab.Page, "Reject")).ToHaveCountAsync(0);

        await tab.GoAsync("/approvals");
        await Expect(tab.Page.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("rejected.*Too dear") })).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_key_is_made_is_shown_once_and_is_revoked()
    {
        await using var tab = await browser.OpenLiveAsync("/keys");
        var page = tab.Page;
        await Button(page, "New key").ClickAsync();
        await page.GetByLabel("What it is for").FillAsync(_name);
        await page.GetByLabel("Role").SelectOptionAsync("viewer");
        await Button(page, "Make the key").ClickAsync();
        var key = await page.Locator(".keys-key").InnerTextAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusWithAsync(key));

        await tab.GoAsync("/keys");
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
        await Button(page, $"Revoke {_name}").ClickAsync();
        await Button(page, "Revoke it").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { NameRegex = new Regex(_name) })).ToContainTextAsync("revoked");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusWithAsync(key));
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_budget_is_set_changed_and_deleted()
    {
        await ThreeStepsAsync();
        await using var tab = await browser.OpenLiveAsync("/costs");
        var page = tab.Page;
        var row = page.GetByRole(AriaRole.Region, new() { Name = "Budgets" }).GetByRole(AriaRole.Row, new() { NameRegex = new Regex(_name) });
        await Button(page, "New budget").ClickAsync();
        await page.GetByLabel("For", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = _name });
        await page.GetByLabel("Per", new() { Exact = true }).SelectOptionAsync("day");
        await page.GetByLabel("At most, in US dollars").FillAsync("2.50");
        await Button(page, "Set").ClickAsync();
        await Expect(row).ToContainTextAsync("$2.50");

        await Button(page, $"Change the limit of {_name} per day").ClickAsync();
        await page.GetByLabel("New limit in US dollars").FillAsync("a lot");
        await Button(page, "Save").ClickAsync();
        await Expect(page.GetByText("'a lot' is no amount.")).ToBeVisibleAsync();
        await page.GetByLabel("New limit in US dollars").FillAsync("3");
        await Button(page, "Save").ClickAsync();
        await Expect(row).ToContainTextAsync("$3.00");

        await Button(page, $"Delete the budget of {_name} per day").ClickAsync();
        await Button(page, "Delete it").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_schedule_and_a_webhook_are_made_used_and_deleted()
    {
        await ThreeStepsAsync();
        await using var tab = await browser.OpenLiveAsync("/triggers");
        var page = tab.Page;
        var row = page.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("nightly " + _name) });
        await Button(page, "New schedule").ClickAsync();
        await page.GetByLabel("What it is for").FillAsync("nightly " + _name);
        await page.GetByLabel("Workflow", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = _name });
        await page.GetByLabel("When (cron)").FillAsync("99 * * * *");
        await Expect(page.Locator("#schedule-next")).ToContainTextAsync("'99' is not valid");
        await page.GetByLabel("When (cron)").FillAsync("0 3 * * *");
        await Expect(page.Locator("#schedule-next li").First).ToBeVisibleAsync();
        await Button(page, "Make the schedule").ClickAsync();
        await Expect(row).ToContainTextAsync("runs");
        await Button(page, "Run now: nightly " + _name).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).GetByRole(AriaRole.Link, new() { Name = "See the run" })).ToBeVisibleAsync();
        await Button(page, "Delete nightly " + _name).ClickAsync();
        await Button(page, "Delete it").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);

        row = page.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("pushes " + _name) });
        await Button(page, "New webhook").ClickAsync();
        await page.GetByLabel("What it is for").FillAsync("pushes " + _name);
        await page.GetByLabel("Workflow", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = _name });
        await page.GetByLabel("Callers are recognized by").SelectOptionAsync("none");
        await Button(page, "Make the webhook").ClickAsync();
        var address = new Uri(await page.Locator(".triggers-address").InnerTextAsync()).AbsolutePath;
        Assert.Equal(HttpStatusCode.Accepted, await CallAsync(address));
        await Button(page, "Delete pushes " + _name).ClickAsync();
        await Button(page, "Delete it").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(address));
        tab.ExpectNoComplaint();
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private Task<string> ThreeStepsAsync() => browser.SaveAsync($$$$"""
        { "name": "{{{{_name}}}}",
          "nodes": [ { "id": "a", "type": "transform", "config": { "value": "{{ input.n }}" } }, { "id": "b", "type": "transform", "config": { "value": 2 } }, { "id": "c", "type": "transform", "config": { "value": 3 } } ],
          "edges": [ { "from": "a", "to": "b" }, { "from": "b", "to": "c" } ] }
        """);

    private async Task<HttpStatusCode> StatusWithAsync(string key)
    {
        using var client = new HttpClient { BaseAddress = browser.Address, DefaultRequestHeaders = { { "X-API-Key", key } } };
        using var answer = await client.GetAsync("/api/v1/workflows");
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> CallAsync(string address)
    {
        using var client = new HttpClient { BaseAddress = browser.Address };
        using var answer = await client.PostAsync(address, new StringContent("""{"n": 1}""", System.Text.Encoding.UTF8, "application/json"));
        return answer.StatusCode;
    }
}
