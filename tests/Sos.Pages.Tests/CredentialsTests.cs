using System.Text.RegularExpressions;
using Sos.Testing.OAuth;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed class CredentialsTests(Browser browser)
{
    private const string Secret = "canary-of-a-token-1";

    [BrowserFact]
    public async Task A_credential_is_made_rotated_tested_and_deleted_and_its_secret_never_shown()
    {
        var workflow = await browser.SaveAsync("""{ "name": "uses-page-token", "nodes": [ { "id": "n", "type": "http", "config": { "url": "https://api.example.com/", "credential": "page-token" } } ] }""");
        await using var tab = await browser.OpenLiveAsync("/credentials");
        var received = new List<string>();
        tab.Page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => received.Add(frame.Text ?? System.Text.Encoding.UTF8.GetString(frame.Binary ?? []));
        await tab.Page.ReloadAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "New credential" }).ClickAsync();
        await tab.ExpectAccessibleAsync();
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Page Token");
        await Expect(tab.Page.GetByLabel("Token", new() { Exact = true })).ToHaveAttributeAsync("type", "password");
        await tab.Page.GetByLabel("Token", new() { Exact = true }).FillAsync(Secret);
        await tab.Page.GetByLabel("Hosts that it may be sent to").FillAsync($"http://127.0.0.1:{browser.Address.Port}");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save the credential" }).ClickAsync();
        await Expect(tab.Page.GetByText("A credential's name has 1 to 63 of")).ToBeVisibleAsync();

        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("page-token");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save the credential" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "page-token", Level = 1 })).ToBeVisibleAsync();
        var path = new Uri(tab.Page.Url).AbsolutePath;

        await tab.Page.GetByLabel("Address to ask for").FillAsync($"http://127.0.0.1:{browser.Address.Port}/sign-in");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Test it" }).ClickAsync();
        await Expect(tab.Page.GetByText("works", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "its trace" })).ToHaveAttributeAsync("href", new Regex("^/traces/[0-9a-f]{32}$"));
        await tab.ExpectAccessibleAsync();

        // It is remembered, here and in the list.
        await Expect(tab.Page.Locator("dt:has-text('Last test') + dd")).ToContainTextAsync(new Regex(@"worked[\s\S]*GET http://127\.0\.0\.1:\d+/sign-in answered 200\."));
        await tab.GoAsync("/credentials");
        await Expect(tab.Page.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("page-token") })).ToContainTextAsync("worked");
        await tab.ExpectAccessibleAsync();
        await tab.GoAsync(path);
        await Expect(tab.Page.Locator("dt:has-text('Last test') + dd")).ToContainTextAsync("worked");

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Change or rotate" }).ClickAsync();
        await Expect(tab.Page.GetByLabel("Token", new() { Exact = true })).ToHaveValueAsync("");
        await tab.Page.GetByLabel("Hosts that it may be sent to").FillAsync("api.example.com");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByText("so the secrets must be given again").Or(tab.Page.GetByText("Give the secrets."))).ToBeVisibleAsync();
        await tab.Page.GetByLabel("Token", new() { Exact = true }).FillAsync(Secret + "-rotated");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByText("'page-token' is saved.")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("dt:has-text('Last test') + dd")).ToHaveTextAsync("not tested since it was changed");
        Assert.Equal("api.example.com", (await browser.GetAsync("/api/v1" + path)).GetProperty("allowedHosts")[0].GetString());

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Link, new() { Name = "uses-page-token" })).ToHaveAttributeAsync("href", $"/workflows/{workflow}");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Delete it" }).ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex("/credentials$"));
        Assert.Equal(404, (int)(await browser.Api.GetAsync("/api/v1" + path)).StatusCode);
        Assert.NotEmpty(received);
        Assert.DoesNotContain(received, text => text.Contains(Secret, StringComparison.Ordinal));
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_secret_of_several_lines_keeps_them_typed_or_pasted_and_is_masked()
    {
        const string Pem = "-----BEGIN PRIVATE KEY-----\nMII\u00e9-canary-7351\n-----END PRIVATE KEY-----\n";
        await using var tab = await browser.OpenLiveAsync("/credentials");
        var page = tab.Page;
        var received = new List<string>();
        page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => received.Add(frame.Text ?? System.Text.Encoding.UTF8.GetString(frame.Binary ?? []));
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New credential" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("several-lines");
        await page.GetByLabel("Type", new() { Exact = true }).SelectOptionAsync("custom");
        await page.GetByLabel("Name 1", new() { Exact = true }).FillAsync("privateKey");
        var secret = page.GetByLabel("Secret 1", new() { Exact = true });
        var several = page.GetByRole(AriaRole.Button, new() { Name = "Several lines for Secret 1" });

        // What was typed goes along, there and back; with a line break it can't go back.
        await secret.FillAsync("typed-first");
        await several.ClickAsync();
        await Expect(secret).ToBeFocusedAsync();
        await Expect(secret).ToHaveValueAsync("typed-first");
        await Expect(secret).ToHaveCSSAsync("-webkit-text-security", "disc");
        await several.ClickAsync();
        await Expect(secret).ToHaveAttributeAsync("type", "password");
        await Expect(secret).ToHaveValueAsync("typed-first");

        // Pasted into one line, it gets several. A single one with its break stays one.
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await PasteAsync("one-line-only\n");
        await Expect(secret).ToHaveValueAsync("one-line-only");
        await Expect(secret).ToHaveAttributeAsync("type", "password");
        await PasteAsync(Pem);
        await Expect(secret).ToHaveValueAsync(Pem);
        await Expect(several).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(several).ToBeDisabledAsync();
        await tab.ExpectAccessibleAsync();

        await page.GetByLabel("Hosts that it may be sent to").FillAsync("api.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "One more" }).ClickAsync();
        await page.GetByLabel("Name 2", new() { Exact = true }).FillAsync("account");
        await page.GetByRole(AriaRole.Button, new() { Name = "Several lines for Secret 2" }).ClickAsync();
        await page.GetByLabel("Secret 2", new() { Exact = true }).FillAsync(new string('x', 4_001));
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the credential" }).ClickAsync();
        Assert.Equal("A secret may have 4,000 characters; this has 4,001.", await page.GetByLabel("Secret 2", new() { Exact = true }).EvaluateAsync<string>("field => field.validationMessage"));
        await page.GetByLabel("Secret 2", new() { Exact = true }).FillAsync("{\n  \"type\": \"account-canary-7351\"\n}");
        var html = await page.ContentAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the credential" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "several-lines", Level = 1 })).ToBeVisibleAsync();
        Assert.Equal(Pem, await browser.OpenSecretAsync("several-lines", "privateKey"));
        Assert.Equal("{\n  \"type\": \"account-canary-7351\"\n}", await browser.OpenSecretAsync("several-lines", "account"));
        Assert.NotEmpty(received);
        Assert.DoesNotContain([.. received, html], text => text.Contains("canary-7351", StringComparison.Ordinal));
        tab.ExpectNoComplaint();

        async Task PasteAsync(string text)
        {
            await page.EvaluateAsync("text => navigator.clipboard.writeText(text)", text);
            await secret.FocusAsync();
            await page.Keyboard.PressAsync("Control+a");
            await page.Keyboard.PressAsync("Control+v");
        }
    }

    [BrowserFact]
    public async Task A_connectors_credential_begins_with_what_the_connector_says()
    {
        await using var tab = await browser.OpenAsync("/connectors/github");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "New credential of type bearer" }).ClickAsync();

        await Expect(tab.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("github");
        await Expect(tab.Page.GetByLabel("Hosts that it may be sent to")).ToHaveValueAsync("api.github.com");
    }

    [BrowserFact]
    public async Task Who_signs_in_comes_back_to_the_credential()
    {
        await using var server = await StartServerAsync();
        await SaveAsync(server, "signs-in");
        await using var tab = await browser.OpenAsync("/credentials/signs-in");
        await Expect(tab.Page.GetByText("not signed in", new() { Exact = true })).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Signed in" })).ToBeVisibleAsync();
        await tab.ExpectAccessibleAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Back to the credential" }).ClickAsync();
        await Expect(tab.Page.GetByText("signed in", new() { Exact = true })).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_sign_in_that_a_browser_began_ends_in_no_other()
    {
        await using var server = await StartServerAsync();
        await SaveAsync(server, "one-browser");
        await using var tab = await browser.OpenAsync("/credentials/one-browser");
        var back = new TaskCompletionSource<string>();
        await tab.Page.RouteAsync("**/authorize?**", async route =>
        {
            var answer = await route.FetchAsync(new RouteFetchOptions { MaxRedirects = 0 });
            back.TrySetResult(answer.Headers["location"]);
            await route.FulfillAsync(new RouteFulfillOptions { Status = 200, Body = "Here" });
        });
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        var address = await back.Task.WaitAsync(TimeSpan.FromSeconds(20));

        // The same person in another browser, and somebody who is not signed in at all.
        foreach (var other in (Tab[])[await browser.OpenAsync("/"), await browser.OpenSignedOutAsync()])
        {
            await using (other)
            {
                var answer = await other.Page.GotoAsync(address);
                Assert.Equal(403, answer!.Status);
                await Expect(other.Page.GetByRole(AriaRole.Heading, new() { Name = "This sign-in belongs to another browser" })).ToBeVisibleAsync();
            }
        }
        Assert.Empty(server.TokenRequests);

        await tab.Page.GotoAsync(address);
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Signed in" })).ToBeVisibleAsync();
        Assert.Single(server.TokenRequests);
    }

    [BrowserFact]
    public async Task A_developer_may_test_and_not_change()
    {
        await using var tab = await browser.OpenAsync("/credentials", key: await browser.NewWorkspaceAsync("developer"));
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "There is no credential" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "New credential" })).ToHaveCountAsync(0);
    }

    private async Task<OAuthServer> StartServerAsync()
    {
        var server = await OAuthServer.StartAsync();
        server.RedirectUri = new Uri(browser.Address, "/oauth2/callback").ToString();
        return server;
    }

    private Task SaveAsync(OAuthServer server, string name) => browser.PostAsync("/api/v1/credentials", $$"""
        { "name": "{{name}}", "type": "oauth2", "allowedHosts": ["{{server.Url}}"],
          "settings": { "grant": "authorization_code", "authorizationUrl": "{{server.Url}}/authorize", "tokenUrl": "{{server.Url}}/token", "clientId": "{{OAuthServer.ClientId}}", "scope": "read write" },
          "secrets": { "clientSecret": "{{OAuthServer.ClientSecret}}" } }
        """);
}
