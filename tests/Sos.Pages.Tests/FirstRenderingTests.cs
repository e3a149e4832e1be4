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
}
