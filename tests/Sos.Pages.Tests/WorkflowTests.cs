using System.Text.Json;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>A workflow's graph and the form that starts a run.</summary>
[Collection(Browser.Collection)]
public sealed class WorkflowTests(Browser browser)
{
    private const string Schema = """
        { "type": "object", "required": ["name", "kind", "customer"],
          "properties": {
            "name": { "type": "string", "title": "Name", "minLength": 3 }, "kind": { "enum": ["refund", "question"], "title": "Kind" },
            "level": { "enum": [1, 2], "default": 2, "title": "Level" }, "amount": { "type": "number", "title": "Amount" },
            "customer": { "type": "object", "title": "Customer", "required": ["city"], "properties": { "city": { "type": "string", "title": "City" } } },
            "orders": { "type": "array", "title": "Orders", "items": { "type": "object", "title": "Order", "properties": { "id": { "type": "string", "title": "Number" } } } },
            "extra": { "title": "Extra" } } }
        """;

    [BrowserFact]
    public async Task The_form_and_the_json_say_the_same_and_start_a_run()
    {
        await using var tab = await browser.OpenLiveAsync($"/workflows/{await SaveAsync("with a form")}/run");
        await tab.AnswersAsync();
        var page = tab.Page;
        var json = page.GetByLabel("The same as JSON");
        await Expect(page.GetByLabel("Level")).ToHaveValueAsync("2");
        await Expect(page.GetByLabel("Name *")).ToHaveAttributeAsync("aria-required", "true");
        // As the author has them, not as the database would.
        await Expect(page.Locator(".run-fields .ed-label > :first-child")).ToHaveTextAsync(["Name *", "Kind *", "Level", "Amount", "Customer *", "City *", "Orders", "Extra"]);

        await page.GetByLabel("Name *").FillAsync("Ada");
        await page.GetByLabel("Kind *").SelectOptionAsync("refund");
        await page.GetByLabel("Level").SelectOptionAsync("1");
        await page.GetByLabel("City *").FillAsync("Bonn");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to orders" }).ClickAsync();
        await page.GetByLabel("Number").FillAsync("A-1");
        await page.GetByLabel("Extra").FillAsync("""[1, "two"]""");
        await Expect(json).ToHaveValueAsync(new Regex("\"two\""));
        Assert.Equal(
            """{"level":1,"customer":{"city":"Bonn"},"name":"Ada","kind":"refund","orders":[{"id":"A-1"}],"extra":[1,"two"]}""",
            JsonSerializer.Serialize(JsonElement.Parse(await json.InputValueAsync())));

        await json.FillAsync("""{ "name": "Bob", "kind": "question", "customer": { "city": "Ulm" }, "orders": [] }""");
        await Expect(page.GetByLabel("Name *")).ToHaveValueAsync("Bob");
        await Expect(page.GetByLabel("Kind *")).ToHaveValueAsync("question");
        await Expect(page.GetByLabel("City *")).ToHaveValueAsync("Ulm");
        await Expect(page.GetByLabel("Number")).ToHaveCountAsync(0);
        await Expect(page.GetByLabel("Extra")).ToHaveValueAsync("");

        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/executions/[0-9a-f-]{36}$"));
        var run = await browser.GetAsync($"/api/v1/executions/{page.Url[^36..]}");
        Assert.Equal("Ulm", run.GetProperty("input").GetProperty("customer").GetProperty("city").GetString());
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_run_that_has_ended_is_run_again_with_its_input_or_with_what_is_made_of_it()
    {
        var workflow = await SaveAsync("runs again");
        var first = await browser.RunAsync(workflow, """{"name": "Bob", "kind": "question", "customer": {"city": "Ulm"}, "orders": [{"id": "A-1"}]}""");
        await using var tab = await browser.OpenLiveAsync(first.GetProperty("links").GetProperty("self").GetString()!["/api/v1".Length..]);
        var page = tab.Page;
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Run again" }).ClickAsync());
        await Expect(page.GetByLabel("Name *")).ToHaveValueAsync("Bob");
        await Expect(page.GetByLabel("Number")).ToHaveValueAsync("A-1");

        await page.GetByLabel("City *").FillAsync("Bonn");
        await tab.FollowAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync());
        var second = await browser.GetAsync($"/api/v1/executions/{page.Url[^36..]}");
        Assert.Equal(("Bob", "Bonn"), (second.GetProperty("input").GetProperty("name").GetString(), second.GetProperty("input").GetProperty("customer").GetProperty("city").GetString()));
        tab.ExpectNoComplaint();

        foreach (var other in new[] { $"/workflows/{await browser.WorkflowAsync("hello")}/run?like={page.Url[^36..]}", $"/workflows/{workflow}/run?like=none" })
            Assert.Equal(404, (await page.GotoAsync(other))!.Status);
    }

    [BrowserFact]
    public async Task What_the_start_refuses_stands_beside_its_field_until_it_is_put_right()
    {
        await using var tab = await browser.OpenLiveAsync($"/workflows/{await SaveAsync("refuses")}/run");
        await tab.AnswersAsync();
        var page = tab.Page;
        await page.GetByLabel("Name *").FillAsync("A");
        await Expect(page.GetByLabel("The same as JSON")).ToHaveValueAsync(new Regex("\"A\""));
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await Expect(page.GetByLabel("Name *")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.GetByLabel("Kind *")).ToHaveAccessibleDescriptionAsync("This must be filled in.");
        await Expect(page.GetByLabel("City *")).ToHaveAccessibleDescriptionAsync("This must be filled in.");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("/input/name");
        await tab.ExpectAccessibleAsync();

        await page.GetByLabel("Name *").FillAsync("Ada");
        await Expect(page.GetByLabel("Name *")).Not.ToHaveAttributeAsync("aria-invalid", "true");
        await page.GetByLabel("Kind *").SelectOptionAsync("refund");
        await page.GetByLabel("City *").FillAsync("Bonn");
        await Expect(page.GetByRole(AriaRole.Alert)).Not.ToContainTextAsync("/input");
        await page.GetByLabel("Amount").FillAsync("many");
        await Expect(page.GetByLabel("Amount")).ToHaveAccessibleDescriptionAsync("Write a number.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("A field has something that it can't take");

        await page.GetByLabel("Amount").FillAsync("12.50");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/executions/"));
    }

    [BrowserFact]
    public async Task While_the_json_has_a_mistake_the_fields_wait()
    {
        await using var tab = await browser.OpenLiveAsync($"/workflows/{await SaveAsync("waits")}/run");
        await tab.AnswersAsync();
        var json = tab.Page.GetByLabel("The same as JSON");
        await json.FillAsync("{ \"name\": ");
        await Expect(tab.Page.GetByText("Line 1, column")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Name *")).ToBeDisabledAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start" })).ToBeDisabledAsync();
        await json.FillAsync("{}");
        await Expect(tab.Page.GetByLabel("Name *")).ToBeEnabledAsync();
    }

    [BrowserFact]
    public async Task A_schema_that_can_not_be_a_form_leaves_the_json()
    {
        var workflow = await browser.SaveAsync("""{ "name": "only json", "inputSchema": { "type": "array", "items": { "type": "number" } }, "nodes": [ { "id": "a", "type": "transform", "config": { "value": "{{ input }}" } } ] }""");
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/run");
        await tab.AnswersAsync();
        await Expect(tab.Page.GetByLabel("Input as JSON")).ToHaveValueAsync("[]");
        await tab.Page.GetByLabel("Input as JSON").FillAsync("[1, 2]");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex("/executions/"));
    }

    [BrowserFact]
    public async Task A_called_workflow_opens_in_the_graph_and_its_nodes_can_be_looked_at()
    {
        await browser.SaveAsync("""
            { "name": "the child", "nodes": [ { "id": "inside", "type": "transform", "name": "Inside", "config": { "value": 42 } },
              { "id": "each", "type": "foreach", "config": { "items": "{{ [1] }}", "body": { "nodes": [ { "id": "x", "type": "transform", "config": { "value": 1 } }, { "id": "y", "type": "transform", "config": { "value": 2 } } ], "edges": [ { "from": "x", "to": "y" } ] } } } ] }
            """);
        var parent = await browser.SaveAsync("""
            { "name": "the parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "the child" } }, { "id": "any", "type": "workflow", "config": { "workflow": "{{ input.which }}" } } ] }
            """);
        await using var tab = await browser.OpenAsync($"/workflows/{parent}");
        await tab.AnswersAsync();
        var page = tab.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Open call" }).ClickAsync();
        await page.Locator("[data-node='call/inside']").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Node inside" })).ToContainTextAsync("42");
        // Ways within open boxes are drawn after the boxes, so that none hides them.
        Assert.True(await page.EvaluateAsync<bool>(
            "() => { const ways = document.querySelector('.graph-edges'); return [...document.querySelectorAll('.graph-node.open')].length === 2 && [...document.querySelectorAll('.graph-node.open')].every(box => box.compareDocumentPosition(ways) & Node.DOCUMENT_POSITION_FOLLOWING) }"));
        await tab.ExpectAccessibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Close call" }).ClickAsync();
        await Expect(page.Locator("[data-node='call/inside']")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Open any" }).ClickAsync();
        await Expect(page.GetByText("can't be opened here")).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task A_graph_of_a_thousand_nodes_pans_with_the_pointer()
    {
        var nodes = Enumerable.Range(0, 1_000).Select(i => $$"""{ "id": "n{{i}}", "type": "transform", "config": { "value": {{i}} } }""");
        var edges = Enumerable.Range(20, 980).Select(i => $$"""{ "from": "n{{i - 20}}", "to": "n{{i}}" }""");
        var workflow = await browser.SaveAsync($$"""{ "name": "a thousand", "nodes": [{{string.Join(',', nodes)}}], "edges": [{{string.Join(',', edges)}}] }""");
        await using var tab = await browser.OpenAsync($"/workflows/{workflow}");
        await tab.AnswersAsync();
        var page = tab.Page;
        await Expect(page.Locator("[data-node]")).ToHaveCountAsync(1_000);
        await Expect(page.Locator("sos-graph[data-far]")).ToHaveCountAsync(1);
        var canvas = (await page.Locator("sos-graph").BoundingBoxAsync())!;
        var before = (await page.Locator("[data-node=n500]").BoundingBoxAsync())!;

        await page.Mouse.MoveAsync(canvas.X + 400, canvas.Y + 200);
        await page.Mouse.DownAsync();
        await page.EvaluateAsync("() => { window.frameTimes = []; const next = at => { window.frameTimes.push(at); requestAnimationFrame(next); }; requestAnimationFrame(next); }");
        for (var i = 1; i <= 40; i++)
            await page.Mouse.MoveAsync(canvas.X + 400 + (i * 3), canvas.Y + 200 + i);
        await page.Mouse.UpAsync();
        var frames = await page.EvaluateAsync<double[]>("() => { const all = window.frameTimes; return all.slice(1).map((at, i) => at - all[i]); }");

        await Expect(page.Locator("[data-dragging]")).ToHaveCountAsync(0);
        var after = (await page.Locator("[data-node=n500]").BoundingBoxAsync())!;
        Assert.InRange(after.X - before.X, 112, 128);
        Assert.InRange(after.Y - before.Y, 32, 48);
        // Drawn by the processor alone, and beside other tests, it is still no slide show.
        Assert.InRange(frames.Order().ElementAt(frames.Length / 2), 0, 100);
    }

    private Task<string> SaveAsync(string name) =>
        browser.SaveAsync($$"""{ "name": "{{name}}", "inputSchema": {{Schema}}, "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
}
