using System.Net.Http.Json;
using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>What holds for every page: it is accessible in both themes, complains about nothing, fits a phone, and shows nothing of another workspace.</summary>
[Collection(Browser.Collection)]
public sealed class EveryPageTests(Browser browser)
{
    // Canaries that would act if any page took a name, an output or an error for markup.
    private const string Canary = "<img src=x onerror=window.__hit=1><script>window.__hit=2</script>'\"{{7*7}}";

    public static TheoryData<string> Pages => new(
    [
        "/", "/workflows", "/workflows/{workflow}", "/workflows/{workflow}?tab=runs", "/workflows/{workflow}?tab=versions", "/workflows/{workflow}?tab=definition", "/workflows/{workflow}/compare", "/workflows/{workflow}/run", "/workflows/{workflow}/run?like={execution}", "/workflows/{workflow}/edit", "/workflows/new",
        "/executions", "/executions/{execution}", "/executions/{execution}?tab=timeline", "/executions/{execution}?tab=events", "/executions/{execution}?tab=data", "/executions/{execution}?tab=compare", "/traces", "/traces/{trace}", "/costs", "/approvals", "/keys", "/triggers", "/triggers?workflow={workflow}", "/nodes", "/nodes/http",
        "/connectors", "/connectors/github", "/connectors/{connector}?action=act", "/credentials", "/credentials/{credential}", "/credentials?for=slack",
        "/indexes", "/indexes/{index}", "/indexes/{index}?tab=query&run={question}", "/indexes/{index}?tab=settings", "/indexes/{index}/documents/{document}",
    ]);

    [BrowserTheory]
    [MemberData(nameof(Pages))]
    public async Task It_is_accessible_complains_about_nothing_and_fits_a_phone(string address)
    {
        var ids = await CanaryRunAsync();
        await using var tab = await browser.OpenAsync(Fill(address, ids));
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        // What is held is hidden from assistive technology, and so from axe.
        await Expect(tab.Page.Locator("[inert]")).ToHaveCountAsync(0);

        await tab.ExpectAccessibleAsync();
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await tab.ExpectAccessibleAsync();
        tab.ExpectNoComplaint();
        Assert.False(await tab.Page.EvaluateAsync<bool>("() => '__hit' in window"), "Something was taken for markup.");

        await tab.Page.SetViewportSizeAsync(360, 740);
        var overflow = await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"{tab.Page.Url} is {overflow} pixels wider than a phone.");
    }

    [BrowserTheory]
    [InlineData("/workflows/{workflow}")]
    [InlineData("/workflows/{workflow}/compare")]
    [InlineData("/workflows/{workflow}/versions/1.json")]
    [InlineData("/workflows/{workflow}/run")]
    [InlineData("/workflows/{workflow}/edit")]
    [InlineData("/executions/{execution}")]
    [InlineData("/traces/{trace}")]
    [InlineData("/connectors/{connector}")]
    [InlineData("/credentials/{credential}")]
    [InlineData("/triggers?workflow={workflow}")]
    [InlineData("/indexes/{index}")]
    [InlineData("/indexes/{index}?tab=query&run={question}")]
    [InlineData("/indexes/{index}/documents/{document}")]
    public async Task Another_workspaces_is_not_there(string address)
    {
        var ids = await CanaryRunAsync();
        await using var tab = await browser.OpenAsync("/", key: await browser.NewWorkspaceAsync());

        var answer = await tab.Page.GotoAsync(Fill(address, ids));

        Assert.Equal(404, answer!.Status);
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task The_first_page_is_small()
    {
        await using var tab = await browser.OpenAsync("/");
        var bytes = await tab.Page.EvaluateAsync<long>(
            "() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).filter(e => !e.name.includes('/_framework/')).reduce((sum, e) => sum + e.transferSize, 0)");
        Assert.InRange(bytes, 1, 150_000);
    }

    private sealed record Ids(string Workflow, string Execution, string Trace, string Connector, string Credential, string Index, string Document, string Question);

    private static readonly SemaphoreSlim Once = new(1, 1);
    private static Ids? s_ids;

    private async Task<Ids> CanaryRunAsync()
    {
        await Once.WaitAsync();
        try
        {
            return s_ids ??= await MakeAsync();
        }
        finally
        {
            Once.Release();
        }
    }

    private async Task<Ids> MakeAsync()
    {
        var text = JsonSerializer.Serialize(Canary.Replace("{{", "{ {", StringComparison.Ordinal));
        var definition = $$"""
            { "name": {{JsonSerializer.Serialize("canary <img src=x onerror=window.__hit=3>")}}, "description": {{text}},
              "inputSchema": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string", "title": {{text}}, "description": {{text}} }, "kind": { "enum": [{{text}}, "other"], "default": {{text}} },
                "list": { "type": "array", "items": { "type": "object", "title": {{text}}, "properties": { "a": { "type": "number" } } }, "default": [{ "a": 1 }] } } },
              "nodes": [
                { "id": "make", "type": "transform", "config": { "value": {{text}} } },
                { "id": "each", "type": "foreach", "config": { "items": "{{"{{"}} [1, 2, 3] {{"}}"}}", "body": { "nodes": [ { "id": "inner", "type": "transform", "config": { "value": "{{"{{"}} item {{"}}"}}" } } ] } } },
                { "id": "stop", "type": "fail", "config": { "message": {{text}} } } ],
              "edges": [ { "from": "make", "to": "each" }, { "from": "each", "to": "stop" } ] }
            """;
        var workflow = await browser.SaveAsync(definition);
        using var saved = await browser.Api.PutAsync($"/api/v1/workflows/{workflow}", JsonContent.Create(JsonElement.Parse(definition.Replace("__hit=2", "__hit=4", StringComparison.Ordinal))));
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync());
        var run = await browser.RunAsync(workflow, $$"""{"name": {{text}}}""");
        Assert.Equal("failed", run.GetProperty("status").GetString());
        var connector = await browser.PostAsync("/api/v1/connectors", $$"""
            { "id": "canary", "title": {{text}}, "description": {{text}}, "category": "other", "baseUrl": "https://api.example.com/v1", "documentation": "https://example.com/",
              "auth": [ { "type": "basic", "description": {{text}} } ],
              "actions": { "act": { "title": {{text}}, "description": {{text}}, "path": "/a", "parameters": { "p": { "type": "string", "description": {{text}}, "enum": [ {{text}} ] } } } } }
            """);
        var credential = await browser.PostAsync("/api/v1/credentials", $$"""
            { "name": "canary", "type": "basic", "settings": { "username": {{text}} }, "secrets": { "password": {{text}} }, "allowedHosts": [ "api.example.com" ] }
            """);
        var (index, document, question) = await CanaryIndexAsync();
        return new Ids(workflow, run.GetProperty("id").GetString()!, run.GetProperty("traceId").GetString()!, connector.GetProperty("connector").GetProperty("id").GetString()!, credential.GetProperty("id").GetString()!, index, document, question);
    }

    private async Task<(string Index, string Document, string Question)> CanaryIndexAsync()
    {
        var index = await browser.PostAsync("/api/v1/rag-indexes", JsonSerializer.Serialize(new { name = "canary", description = Canary }));
        var uploaded = await browser.PostAsync("/api/v1/rag-indexes/canary/documents?wait=30s", JsonSerializer.Serialize(
            new { source = Canary, title = Canary, text = $"{Canary}\n\nCanaries sing. {Canary}", metadata = new Dictionary<string, string> { [Canary] = Canary } }));
        Assert.Equal("completed", uploaded.GetProperty("status").GetString());
        var asked = await browser.PostAsync("/api/v1/rag-indexes/canary/query", JsonSerializer.Serialize(new { query = $"Which canary sings? {Canary}" }));
        Assert.NotEmpty(asked.GetProperty("output").GetProperty("sources").EnumerateArray());
        return (index.GetProperty("id").GetString()!, uploaded.GetProperty("document").GetProperty("id").GetString()!, asked.GetProperty("executionId").GetString()!);
    }

    private static string Fill(string address, Ids ids) => address
        .Replace("{workflow}", ids.Workflow, StringComparison.Ordinal)
        .Replace("{execution}", ids.Execution, StringComparison.Ordinal)
        .Replace("{trace}", ids.Trace, StringComparison.Ordinal)
        .Replace("{connector}", ids.Connector, StringComparison.Ordinal)
        .Replace("{credential}", ids.Credential, StringComparison.Ordinal)
        .Replace("{index}", ids.Index, StringComparison.Ordinal)
        .Replace("{document}", ids.Document, StringComparison.Ordinal)
        .Replace("{question}", ids.Question, StringComparison.Ordinal);
}
