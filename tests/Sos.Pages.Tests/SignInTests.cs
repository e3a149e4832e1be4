using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed class SignInTests(Browser browser)
{
    [BrowserFact]
    public async Task A_link_signs_in_once()
    {
        await using var tab = await browser.OpenAsync("/");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Level = 1 })).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task Who_is_not_signed_in_is_asked_for_a_key_and_comes_back_to_where_they_wanted_to_go()
    {
        await using var tab = await browser.OpenSignedOutAsync();
        await tab.Page.GotoAsync("/?from=here");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();

        await tab.Page.GetByLabel("API key").FillAsync("sos_wrong");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unknown, expired or revoked");

        await tab.Page.GetByLabel("API key").FillAsync(browser.Api.DefaultRequestHeaders.GetValues("X-API-Key").Single());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"/\?from=here$"));
    }

    [BrowserFact]
    public async Task Signing_out_ends_the_session()
    {
        await using var tab = await browser.OpenAsync("/");
        await tab.Page.Locator("details.switch summary").ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await tab.Page.GotoAsync("/");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task An_address_that_is_not_there_says_so_on_a_page()
    {
        await using var tab = await browser.OpenAsync("/");
        var answer = await tab.Page.GotoAsync("/no/such/page");
        Assert.Equal(404, answer!.Status);
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
    }

    [BrowserTheory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_page_to_sign_in_is_accessible(ColorScheme theme)
    {
        await using var tab = await browser.OpenSignedOutAsync(theme);
        await tab.Page.GotoAsync("/sign-in");
        await tab.ExpectAccessibleAsync();
        tab.ExpectNoComplaint();
    }
}
