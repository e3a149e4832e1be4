using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed class FirstRenderingTests(Browser browser)
{
    /// <summary>The server sends a page whole; when it becomes live, it must not vanish in between.</summary>
    [BrowserTheory]
    [InlineData("/", "Overview")]
    [InlineData("/executions", "Executions")]
    [InlineData("/approvals", "Approvals")]
    public async Task A_page_that_becomes_live_does_not_flicker(string address, string heading)
    {
        await using var tab = await browser.OpenAsync("/nodes");
        await tab.Page.AddInitScriptAsync("""
            addEventListener('DOMContentLoaded', () => {
                const whole = document.querySelector('main').innerText.length;
                window.least = 1;
                new MutationObserver(() => window.least = Math.min(window.least, document.querySelector('main').innerText.length / whole))
                    .observe(document.querySelector('main'), { childList: true, subtree: true });
            });
            """);
        await tab.GoAsync(address);

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = heading, Level = 1 })).ToBeVisibleAsync();
        Assert.InRange(await tab.Page.EvaluateAsync<double>("() => window.least"), 0.5, 1);
    }

    /// <summary>What would be lost must not look as if it had been taken; what works without a connection goes on working.</summary>
    [BrowserTheory]
    [InlineData("/executions", "button, input, select")]
    [InlineData("/workflows/new", "button, input, select")]
    [InlineData("/triggers", "button")]
    [InlineData("/credentials", "button")]
    public async Task Controls_are_held_until_the_page_is_live(string address, string controls)
    {
        await using var tab = await browser.OpenAsync("/nodes");
        await tab.Page.RouteAsync("**/_blazor/**", route => route.AbortAsync());
        await tab.Page.GotoAsync(address);
        var held = tab.Page.Locator($"main :is({controls})");
        await Expect(held.First).ToHaveJSPropertyAsync("inert", true);
        Assert.True(await held.EvaluateAllAsync<bool>("all => all.every(e => e.inert)"));

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Node types" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Node types", Level = 1 })).ToBeVisibleAsync();

        await tab.Page.UnrouteAllAsync();
        await tab.GoAsync(address);
        await Expect(tab.Page.Locator("[inert]")).ToHaveCountAsync(0);
    }

    /// <summary>Who goes on quickly leaves elements behind that the server still sends the browser to; the connection must survive that.</summary>
    [BrowserTheory]
    [InlineData("/workflows", "#import-file")]
    [InlineData("/executions", ".executions")]
    [InlineData("/workflows/new", ".ed-canvas")]
    public async Task An_element_that_is_gone_before_the_browser_is_told_of_it_does_no_harm(string address, string element)
    {
        await browser.RunAsync(await browser.WorkflowAsync("hello"), """{"name": "Ada"}""");
        await using var tab = await browser.OpenAsync("/nodes");
        // Blazor finds elements by attributes of its own.
        await tab.Page.AddInitScriptAsync($$"""
            addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
                for (const found of document.querySelectorAll('{{element}}'))
                    for (const mark of found.getAttributeNames().filter(name => name.startsWith('_bl_'))) { found.removeAttribute(mark); window.lost = true; }
            }).observe(document.body, { childList: true, subtree: true }));
            """);
        await tab.GoAsync(address);
        await tab.Page.WaitForFunctionAsync("() => window.lost");

        await tab.FollowAsync(() => tab.Page.GetByRole(AriaRole.Link, new() { Name = "Approvals" }).ClickAsync());
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Approvals", Level = 1 })).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    /// <summary>A connection begins at the address that was open when it was asked for; who has gone on since is shown where he went.</summary>
    [BrowserFact]
    public async Task A_link_that_is_followed_while_the_connection_begins_shows_where_it_leads()
    {
        var workflow = await browser.SaveAsync(Definition(0));
        for (var i = 1; i < 52; i++)
        {
            using var answer = await browser.Api.PutAsync($"/api/v1/workflows/{workflow}", JsonContent.Create(JsonElement.Parse(Definition(i))));
            Assert.True(answer.IsSuccessStatusCode);
        }
        await using var tab = await browser.OpenAsync("/nodes");
        await HoldAnswersAsync(tab.Page, "StartCircuit");
        await tab.Page.GotoAsync($"/workflows/{workflow}?tab=versions");
        await tab.Page.WaitForFunctionAsync("() => window.holds.includes('StartCircuit')");

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        var versions = tab.Page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex(@"^Version \d+$") });
        await Expect(versions).ToHaveTextAsync(["Version 2", "Version 1"]);
        await tab.Page.EvaluateAsync("() => window.letGo()");

        await Expect(tab.Page.Locator("[inert]")).ToHaveCountAsync(0);
        await Expect(versions).ToHaveTextAsync(["Version 2", "Version 1"]);
        tab.ExpectNoComplaint();

        static string Definition(int value) => $$"""{ "name": "gone on", "nodes": [ { "id": "a", "type": "transform", "config": { "value": {{value}} } } ] }""";
    }

    /// <summary>A live page watches from before it reads, however long the browser takes to show it.</summary>
    [BrowserFact]
    public async Task What_happens_while_a_page_becomes_live_is_shown_in_it()
    {
        var workflow = await browser.SaveAsync("""{ "name": "meanwhile", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        await using var tab = await browser.OpenAsync("/nodes");
        await HoldAnswersAsync(tab.Page, "UpdateRootComponents");
        await tab.Page.GotoAsync($"/executions?workflow={workflow}");
        await tab.Page.WaitForFunctionAsync("() => window.holds.includes('JS.RenderBatch')");
        await Expect(tab.Page.GetByText("No execution matches")).ToBeVisibleAsync();

        await browser.RunAsync(workflow);
        await tab.Page.EvaluateAsync("() => window.letGo()");

        // Less than the time after which a page looks without having been told.
        await Expect(tab.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "meanwhile" })).ToBeVisibleAsync(new() { Timeout = 10_000 });
        tab.ExpectNoComplaint();
    }

    /// <summary>Holds what the server answers from a message on, as a slow network does, until <c>letGo()</c> is called.</summary>
    private static Task HoldAnswersAsync(IPage page, string message) => page.AddInitScriptAsync($$"""
        const answers = [], text = data => typeof data === 'string' ? data : new TextDecoder().decode(data);
        let holding = false;
        window.holds = ''; // what went to and fro since
        window.WebSocket = class extends WebSocket {
            send(data) {
                holding ||= text(data).includes('{{message}}');
                if (holding) window.holds += text(data);
                super.send(data);
            }
            set onmessage(take) {
                super.onmessage = message => {
                    if (!holding) return take(message);
                    window.holds += text(message.data);
                    answers.push(() => take(message));
                };
            }
        };
        window.letGo = () => {
            answers.push = answer => answer();
            answers.forEach(answer => answer());
        };
        """);
}
