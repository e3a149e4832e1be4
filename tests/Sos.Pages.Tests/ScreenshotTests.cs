using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>
/// The pictures of the README and of docs/: pages of a running SOS. With <c>SOS_SCREENSHOTS</c> set to a folder they are
/// written there (<c>SOS_SCREENSHOTS=docs/images dotnet test tests/Sos.Pages.Tests --filter ScreenshotTests</c>).
/// </summary>
[Collection(Browser.Collection)]
public sealed class ScreenshotTests(Browser browser)
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("SOS_SCREENSHOTS") is { Length: > 0 } folder ? folder : null;

    [BrowserFact]
    public async Task An_execution_that_waits_for_a_person()
    {
        var run = await browser.RunAsync(await browser.WorkflowAsync("order-approval"), """{"item": "a lamp", "amount": 200}""", wait: "2s");
        await using var tab = await browser.OpenAsync($"/executions/{run.GetProperty("id").GetString()}", height: 760);

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "order-approval" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true })).ToBeVisibleAsync();
        await TakeAsync(tab, "execution");
    }

    [BrowserFact]
    public async Task The_timeline_of_an_agent()
    {
        var run = await browser.RunAsync(await browser.WorkflowAsync("research-agent"), """{"question": "How far is the moon?"}""");
        await using var tab = await browser.OpenAsync($"/executions/{run.GetProperty("id").GetString()}?tab=timeline", ColorScheme.Dark, height: 560);

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "research-agent" })).ToBeVisibleAsync();
        await TakeAsync(tab, "timeline");
    }

    [BrowserFact]
    public async Task The_overview()
    {
        await browser.RunAsync(await browser.WorkflowAsync("hello"), """{"name": "Ada"}""");
        await using var tab = await browser.OpenAsync("/", height: 760);

        await Expect(tab.Page.GetByText("Runs per minute")).ToBeVisibleAsync();
        await TakeAsync(tab, "overview");
    }

    private static async Task TakeAsync(Tab tab, string name)
    {
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        var picture = await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Folder is null ? null : Path.Combine(Path.GetFullPath(Folder), name + ".png") });
        Assert.True(picture.Length > 10_000);
        tab.ExpectNoComplaint();
    }
}
