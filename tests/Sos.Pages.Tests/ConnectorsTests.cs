using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed class ConnectorsTests(Browser browser)
{
    [BrowserFact]
    public async Task Connectors_are_found_by_what_they_are_for()
    {
        await using var tab = await browser.OpenLiveAsync("/connectors");

        await tab.Page.GetByLabel("Search connectors").FillAsync("pull requests");
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "GitHub", Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Slack", Exact = true })).ToHaveCountAsync(0);

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "GitHub", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "GitHub", Level = 1 })).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Create an issue" }).ClickAsync();
        var takes = tab.Page.GetByRole(AriaRole.Region, new() { Name = "What createIssue takes" });
        await Expect(takes).ToContainTextAsync("The account that owns the repository.");
        await Expect(takes).ToContainTextAsync("required");
        await Expect(tab.Page.GetByText("May do it twice")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("pre[aria-label='A node that calls it']")).ToContainTextAsync("\"action\": \"createIssue\"");
        await tab.ExpectAccessibleAsync();
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_document_is_checked_saved_searched_and_deleted()
    {
        await using var tab = await browser.OpenLiveAsync("/connectors");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add a connector" }).ClickAsync();
        await tab.Page.GetByLabel("Or its text").FillAsync(Document(600));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(tab.Page.GetByText("An OpenAPI document does not say what workflows call the connector by.")).ToBeVisibleAsync();
        await tab.ExpectAccessibleAsync();

        await tab.Page.GetByLabel("What workflows call it by").FillAsync("many-things");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(tab.Page.GetByText("It makes the connector Many things")).ToBeVisibleAsync();
        Assert.Equal(404, (int)(await browser.Api.GetAsync("/api/v1/connectors/many-things")).StatusCode);

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save the connector" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Many things", Level = 1 })).ToBeVisibleAsync();
        await Expect(tab.Page.Locator(".connectors-actions > li")).ToHaveCountAsync(50);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show 50 more" }).ClickAsync();
        await Expect(tab.Page.Locator(".connectors-actions > li")).ToHaveCountAsync(100);
        await tab.Page.GetByLabel("Search actions").FillAsync("thing 599");
        await Expect(tab.Page.Locator(".connectors-actions > li")).ToHaveCountAsync(2);

        var workflow = await browser.SaveAsync("""{ "name": "calls-many-things", "nodes": [ { "id": "n", "type": "connector", "config": { "connector": "many-things", "action": "getThing1", "with": { "id": "1" } } } ] }""");
        await tab.Page.ReloadAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "calls-many-things" })).ToHaveAttributeAsync("href", $"/workflows/{workflow}");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).First.ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("calls-many-things");
        await tab.ExpectAccessibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Delete it" }).ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex("/connectors$"));
        Assert.Equal(404, (int)(await browser.Api.GetAsync("/api/v1/connectors/many-things")).StatusCode);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task What_is_wrong_with_a_file_is_listed_with_where_it_is()
    {
        await using var tab = await browser.OpenLiveAsync("/connectors");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add a connector" }).ClickAsync();
        var broken = """{"id": "broken", "title": "Broken", "baseUrl": "https://api.example.com", "actions": {"a": {"title": "A", "path": "/a", "method": "JUMP"}, "b": {"path": "/b"}}}""";
        await tab.Page.GetByLabel("A file").SetInputFilesAsync(new FilePayload { Name = "broken.json", MimeType = "application/json", Buffer = Encoding.UTF8.GetBytes(broken) });
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Alert).Locator("code").First).ToContainTextAsync("/actions/");
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save the connector" })).ToHaveCountAsync(0);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_viewer_is_offered_no_change()
    {
        await using var tab = await browser.OpenAsync("/connectors", key: await browser.NewWorkspaceAsync("viewer"));
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "GitHub", Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add a connector" })).ToHaveCountAsync(0);
    }

    private static string Document(int things) => JsonSerializer.Serialize(new
    {
        openapi = "3.0.0",
        info = new { title = "Many things", version = "1" },
        servers = new[] { new { url = "https://api.example.com" } },
        paths = Enumerable.Range(0, things).ToDictionary(i => $"/things{i}/{{id}}", i => new { get = Operation("get", i), delete = Operation("delete", i) }),
    });

    private static object Operation(string verb, int i) => new
    {
        operationId = $"{verb}Thing{i}",
        summary = $"{verb} thing {i}",
        parameters = new[] { new { name = "id", @in = "path", required = true, schema = new { type = "string" } } },
        responses = new Dictionary<string, object> { ["200"] = new { description = "ok" } },
    };
}
