using System.Text.Json;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>The workflow editor, used with the pointer and with the keyboard.</summary>
[Collection(Browser.Collection)]
public sealed class EditorFlowTests(Browser browser)
{
    private static readonly Regex Pressed = new("true");

    [BrowserFact]
    public async Task With_the_pointer_nodes_are_dropped_moved_connected_selected_copied_and_deleted()
    {
        await using var tab = await browser.OpenLiveAsync("/workflows/new");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        await Expect(editor.Problems).ToContainTextAsync("Nothing to check yet");
        await Expect(page.GetByText("at least one node")).ToHaveCountAsync(0);

        // What is dropped lies where it fell.
        await editor.DragAsync(await EditorDriver.MiddleAsync(editor.Type("Transform")), (520, 250));
        await editor.ExpectAsync(1, 0);
        await editor.DragAsync(await EditorDriver.MiddleAsync(editor.Type("If")), (780, 380));
        await editor.ExpectAsync(2, 0);
        var (x, y) = await EditorDriver.MiddleAsync(editor.Box("transform"));
        Assert.True(Math.Abs(x - 520) < 15 && Math.Abs(y - 250) < 15, $"Dropped at 520, 250; it lies at {x}, {y}.");

        // A node is dragged; an edge is drawn from a port.
        var before = await EditorDriver.MiddleAsync(editor.Box("if"));
        await editor.DragAsync(before, (before.X, before.Y + 60));
        await editor.DragAsync(await EditorDriver.MiddleAsync(editor.Port("transform")), await EditorDriver.MiddleAsync(editor.Box("if")));
        await editor.ExpectAsync(2, 1);
        Assert.Equal(before.Y + 60, (await EditorDriver.MiddleAsync(editor.Box("if"))).Y, 2f);

        // An edge is selected and deleted; that is undone and done again, with keys and with buttons.
        var middle = await editor.Edge("transform", "if").Locator(".ed-hit").EvaluateAsync<float[]>(
            "path => { const at = path.getPointAtLength(path.getTotalLength() / 2), m = path.getScreenCTM(); return [at.x * m.a + m.e, at.y * m.d + m.f]; }");
        await page.Mouse.ClickAsync(middle[0], middle[1]);
        await Expect(editor.Heading("transform → if")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Delete");
        await editor.ExpectAsync(2, 0);
        await page.Keyboard.PressAsync("Control+z");
        await editor.ExpectAsync(2, 1);
        await page.Keyboard.PressAsync("Control+y");
        await editor.ExpectAsync(2, 0);
        await editor.Button("Undo").ClickAsync();
        await editor.ExpectAsync(2, 1);

        // A frame selects what it touches, which is copied with the edges between, pasted, cut and deleted.
        var (a, b) = (await EditorDriver.MiddleAsync(editor.Box("transform")), await EditorDriver.MiddleAsync(editor.Box("if")));
        await page.Keyboard.DownAsync("Shift");
        await editor.DragAsync((a.X - 104, a.Y - 60), (b.X + 20, b.Y + 50));
        await page.Keyboard.UpAsync("Shift");
        await Expect(editor.Heading("2 nodes")).ToBeVisibleAsync();
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.Keyboard.PressAsync("Control+c");
        await Expect(editor.Heading("2 nodes")).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("async () => (await navigator.clipboard.readText()).includes('transform')");
        await page.Keyboard.PressAsync("Control+v");
        await editor.ExpectAsync(4, 2);
        await Expect(editor.Edge("transform-2", "if-2")).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(editor.Node("if-2")).ToHaveAttributeAsync("aria-pressed", Pressed);
        await page.Keyboard.PressAsync("Control+x");
        await editor.ExpectAsync(2, 1);
        await node("transform").ClickAsync();
        await node("if").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Expect(editor.Heading("2 nodes")).ToBeVisibleAsync();
        await editor.Button("Delete them").ClickAsync();
        await editor.ExpectAsync(0, 0);
        tab.ExpectNoComplaint();

        ILocator node(string id) => editor.Node(id);
    }

    [BrowserFact]
    public async Task With_the_keyboard_alone_nodes_are_added_moved_connected_and_deleted()
    {
        await using var tab = await browser.OpenLiveAsync("/workflows/new");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));

        // Found by name and added with Enter; the next one is connected with it.
        await editor.Search.FocusAsync();
        foreach (var type in (string[])["transform", "merge"])
        {
            await page.Keyboard.PressAsync("Control+a");
            await page.Keyboard.TypeAsync(type);
            await Expect(page.Locator(".ed-type")).ToHaveCountAsync(1);
            await page.Keyboard.PressAsync("Tab");
            await page.Keyboard.PressAsync("Enter");
            await Expect(editor.Node(type)).ToBeFocusedAsync();
            await editor.Search.FocusAsync();
        }
        await editor.ExpectAsync(2, 1);

        // Arrows move what has the focus; one undo takes them all back.
        var place = editor.Node("merge").Locator("xpath=..");
        await editor.Node("merge").FocusAsync();
        await Expect(place).ToHaveAttributeAsync("data-place", "320 40");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Shift+ArrowDown");
        await Expect(place).ToHaveAttributeAsync("data-place", "320 100");
        await page.Keyboard.PressAsync("Control+z");
        await Expect(place).ToHaveAttributeAsync("data-place", "320 40");

        // An edge is deleted and the focus stays on the canvas; C connects again, by the port for errors at the second press.
        await editor.Edge("transform", "merge").FocusAsync();
        await Expect(editor.Heading("transform → merge")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Delete");
        await editor.ExpectAsync(2, 0);
        await Expect(editor.Canvas).ToBeFocusedAsync();
        await editor.Node("transform").FocusAsync();
        await page.Keyboard.PressAsync("c");
        await Expect(page.GetByText("Connecting from transform:")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("c");
        await Expect(page.GetByText("Connecting from transform, on error")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(editor.Node("merge")).ToHaveAttributeAsync("aria-pressed", Pressed);
        await page.Keyboard.PressAsync("Enter");
        await Expect(editor.Edge("transform", "merge")).ToHaveAttributeAsync("data-error", "");

        // Enter leads to the form, also after Escape took the selection away.
        await editor.Node("merge").FocusAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(editor.Heading("Workflow")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#node-name")).ToBeFocusedAsync();
        await editor.Canvas.FocusAsync();
        await page.Keyboard.PressAsync("Control+a");
        await Expect(editor.Heading("2 nodes")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Delete");
        await editor.ExpectAsync(0, 0);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task The_text_and_the_graph_stay_in_step_and_what_is_wrong_is_shown_where_it_is()
    {
        var workflow = await browser.SaveAsync($$"""{ "name": "in step {{Guid.NewGuid():N}}", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/edit");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        await editor.Tab("JSON").ClickAsync();

        // From the text to the graph; a mistake in the text leaves the graph as it is.
        var text = await editor.Json.InputValueAsync();
        var longer = text.Replace("\"nodes\": [", "\"nodes\": [" + """{ "id": "b", "type": "transform", "timeout": "soon", "config": { "value": "{{ steps.nobody }}" } },""", StringComparison.Ordinal);
        await editor.Json.FillAsync(longer);
        await editor.ExpectAsync(2, 0);
        await editor.Json.FillAsync(longer + "}");
        await Expect(page.Locator("#ed-json-mistake")).ToContainTextAsync("Line ");
        await editor.ExpectAsync(2, 0);
        await editor.Json.FillAsync(longer);

        // From the graph to the text.
        await editor.Node("a").FocusAsync();
        await page.Keyboard.PressAsync("Delete");
        await editor.ExpectAsync(1, 0);
        await Expect(editor.Json).Not.ToHaveValueAsync(new Regex("\"id\": \"a\""));
        await page.Keyboard.PressAsync("Control+z");
        await Expect(editor.Json).ToHaveValueAsync(new Regex("\"id\": \"a\""));

        // The problem is on the node, and in a list that leads to its field; it goes while it is repaired.
        await Expect(editor.Node("b")).ToHaveAttributeAsync("aria-label", new Regex("2 problems"));
        await editor.Problems.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("nobody") }).ClickAsync();
        await Expect(editor.Field("Value *")).ToBeFocusedAsync();
        await Expect(editor.Field("Value *")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync("{{ input.n + 1 }} or more");
        await Expect(editor.Field("Value *")).ToHaveValueAsync("{{ input.n + 1 }} or more");
        await editor.Problems.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("timeout") }).ClickAsync();
        await Expect(page.Locator("#node-timeout")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync("20s");
        await Expect(editor.Problems).ToContainTextAsync("No problems");
        await Expect(page.Locator(".ed-flag")).ToHaveCountAsync(0);
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task What_is_typed_and_is_no_value_is_told_kept_and_not_saved_over()
    {
        var workflow = await browser.SaveAsync($$"""
            { "name": "typed {{Guid.NewGuid():N}}",
              "nodes": [ { "id": "a", "type": "transform", "config": { "value": { "kept": true } } }, { "id": "b", "type": "http", "config": { "url": "https://example.com/", "maxResponseBytes": 1000 } } ],
              "edges": [ { "from": "a", "to": "b" } ] }
            """);
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/edit?node=a");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        const string Typed = "{\n  \"kept\": tru\n}";

        // At the field, on the node and in the list, with the place.
        await editor.Field("Value *").FillAsync(Typed);
        await Expect(page.Locator("#ed-tabpanel .ed-problem")).ToContainTextAsync("Line 2, column 14: ");
        await Expect(editor.Field("Value *")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(editor.Node("a")).ToHaveAttributeAsync("aria-label", new Regex("1 problem"));
        await Expect(editor.Problems).ToContainTextAsync("/nodes/0/config/value Line 2, column 14: ");

        // A number's field too. What was typed is still there when one comes back.
        await editor.Node("b").FocusAsync();
        await editor.Field("Max Response Bytes").Or(page.Locator("[id='field/maxResponseBytes']")).First.FillAsync("10 kB");
        await Expect(editor.Problems).ToContainTextAsync("Write a whole number, or an expression in {{ }}.");
        await editor.Node("a").FocusAsync();
        await Expect(editor.Field("Value *")).ToHaveValueAsync(Typed);

        // It is not saved, and said why, with the writer where it is to be corrected; neither exported nor run.
        await editor.Node("b").FocusAsync();
        await page.Keyboard.PressAsync("Control+s");
        await Expect(page.Locator(".failure")).ToContainTextAsync("Not saved: what is typed in 'value' of the node 'a' can't be read, and would be left out. Line 2, column 14: ");
        await Expect(editor.Field("Value *")).ToBeFocusedAsync();
        await tab.ExpectAccessibleAsync();
        await page.Locator(".ed-head summary").ClickAsync();
        await editor.Button("Export JSON").ClickAsync();
        await Expect(page.Locator(".failure")).ToContainTextAsync("Not exported: ");
        await page.Locator(".ed-head summary").ClickAsync();
        await editor.Tab("Test").ClickAsync();
        await editor.Button("Run this node").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Not run: ");
        Assert.Equal(1, (await browser.GetAsync($"/api/v1/workflows/{workflow}")).GetProperty("version").GetInt32());

        // Undone as a whole and done again.
        await editor.Button("Undo").ClickAsync();
        await Expect(editor.Problems).ToContainTextAsync("1 problem");
        await editor.Button("Undo").ClickAsync();
        await Expect(editor.Problems).ToContainTextAsync("No problems");
        await editor.Button("Redo").ClickAsync();
        await editor.Tab("Form").ClickAsync();
        await Expect(editor.Field("Value *")).ToHaveValueAsync(Typed);
        await editor.Field("Value *").FillAsync(Typed.Replace("tru", "false", StringComparison.Ordinal));
        await Expect(editor.Problems).ToContainTextAsync("No problems");

        // The whole definition's text is no other.
        await editor.Tab("JSON").ClickAsync();
        var text = await editor.Json.InputValueAsync();
        await editor.Json.FillAsync(text + "}");
        await editor.Tab("Form").ClickAsync();
        await editor.SaveRefusedAsync("Not saved: what is typed in the definition as JSON can't be read");
        await Expect(editor.Json).ToBeFocusedAsync();
        await Expect(editor.Json).ToHaveValueAsync(text + "}");
        await editor.Json.FillAsync(text);
        await editor.SaveAsync("Saved as version 2.");
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task The_editor_takes_nothing_until_its_script_is_there()
    {
        var workflow = await browser.SaveAsync($$"""{ "name": "slow {{Guid.NewGuid():N}}", "nodes": [ { "id": "a", "type": "transform", "config": { "value": "x" } } ] }""");
        await using var tab = await browser.OpenAsync("/");
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await tab.Page.RouteAsync("**/editor*.js", async route =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await route.ContinueAsync();
        });
        await tab.Page.GotoAsync($"/workflows/{workflow}/edit?node=a");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Expect(tab.Page.Locator(".ed")).ToHaveJSPropertyAsync("inert", true);

        goOn.SetResult();
        await Expect(tab.Page.Locator(".ed")).ToHaveJSPropertyAsync("inert", false);
        await new EditorDriver(tab.Page).Field("Value *").FillAsync("{{ st");
        await Expect(tab.Page.GetByRole(AriaRole.Listbox, new() { Name = "Suggestions" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Expressions_are_completed_and_tried_with_the_last_runs_data_and_a_node_is_run_by_itself()
    {
        var workflow = await browser.SaveAsync($$$$"""
            { "name": "tried {{{{Guid.NewGuid():N}}}}",
              "nodes": [ { "id": "a", "type": "transform", "config": { "value": { "greeting": "Hello {{ input.who }}" } } }, { "id": "b", "type": "transform", "config": { "value": "x" } } ],
              "edges": [ { "from": "a", "to": "b" } ] }
            """);
        await browser.RunAsync(workflow, """{"who": "Ada"}""");
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/edit?node=b");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        var suggestions = page.GetByRole(AriaRole.Listbox, new() { Name = "Suggestions" }).GetByRole(AriaRole.Option);

        // As fast as the keyboard gives them, no letter is lost.
        await editor.Field("Value *").FillAsync("");
        await page.Keyboard.TypeAsync("{{ st");
        await Expect(suggestions.Filter(new() { HasText = "steps" })).ToHaveAttributeAsync("aria-selected", "true");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync(".a.gr");
        await Expect(suggestions).ToHaveTextAsync([new Regex("greeting.*Hello Ada")]);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(" }} and that is all");
        await Expect(editor.Field("Value *")).ToHaveValueAsync("{{ steps.a.greeting }} and that is all");
        await Expect(page.Locator(".ed-result")).ToContainTextAsync("Hello Ada and that is all");
        await Expect(suggestions).ToHaveCountAsync(0);

        await editor.Tab("Test").ClickAsync();
        await Expect(page.Locator("#test-steps")).ToHaveValueAsync(new Regex("Hello Ada"));
        await page.Locator("#test-steps").FillAsync("""{"a": {"greeting": "Good bye"}}""");
        await editor.Button("Run this node").ClickAsync();
        await Expect(page.GetByLabel("What the node gave")).ToHaveTextAsync("\"Good bye and that is all\"");
        tab.ExpectNoComplaint();
    }

    [BrowserFact]
    public async Task Who_saves_after_somebody_else_sees_what_differs_and_decides_and_a_file_goes_out_and_comes_in()
    {
        var name = $"both {Guid.NewGuid():N}";
        var workflow = await browser.SaveAsync($$"""{ "name": "{{name}}", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/edit?node=a");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        await editor.Field("Value *").FillAsync("\"mine\"");
        using (var theirs = await browser.Api.PutAsync($"/api/v1/workflows/{workflow}", new StringContent($$"""{ "name": "{{name}}", "nodes": [ { "id": "a", "type": "transform", "config": { "value": "theirs" } } ] }""", System.Text.Encoding.UTF8, "application/json")))
            Assert.True(theirs.IsSuccessStatusCode);

        await page.Keyboard.PressAsync("Control+s");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Version 2 was saved meanwhile");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("node 'a' changed: config");
        await editor.Button("Save mine as the next version").ClickAsync();
        await Expect(page.GetByText("Saved as version 3.")).ToBeVisibleAsync();
        await Expect(editor.Node("a")).ToHaveAttributeAsync("aria-pressed", Pressed);

        await page.Locator(".ed-head summary").ClickAsync();
        var file = await page.RunAndWaitForDownloadAsync(() => editor.Button("Export JSON").ClickAsync());
        await using (var stream = await file.CreateReadStreamAsync())
            Assert.Equal("mine", (await JsonDocument.ParseAsync(stream)).RootElement.GetProperty("nodes")[0].GetProperty("config").GetProperty("value").GetString());
        await Import("""{"nodes": [{"id": "n1", "position": {"x": 0, "y": 0}, "data": {"type": "transform", "config": {"value": 1}}}], "edges": []}""");
        await Expect(page.GetByText("Imported from React Flow.")).ToBeVisibleAsync();
        await Expect(editor.Node("n1")).ToBeVisibleAsync();
        await Import("no definition");
        await Expect(page.GetByText("The file is no definition.")).ToBeVisibleAsync();
        await editor.Button("Undo").ClickAsync();
        await Expect(editor.Node("a")).ToBeVisibleAsync();
        tab.ExpectNoComplaint();

        Task Import(string text) => page.Locator(".ed-import input").SetInputFilesAsync(new FilePayload { Name = "workflow.json", MimeType = "application/json", Buffer = System.Text.Encoding.UTF8.GetBytes(text) });
    }

    [BrowserFact]
    public async Task Who_leaves_without_saving_is_asked_first()
    {
        var workflow = await browser.SaveAsync($$"""{ "name": "left {{Guid.NewGuid():N}}", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/edit");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        await editor.AddAsync("Merge");
        var asked = 0;
        page.Dialog += async (_, dialog) => await (++asked == 1 ? dialog.DismissAsync() : dialog.AcceptAsync());

        await page.GetByRole(AriaRole.Link, new() { Name = "Leave" }).ClickAsync();
        await editor.ExpectAsync(2, 0);
        await page.GetByRole(AriaRole.Link, new() { Name = "Leave" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex($"/workflows/{workflow}$"));
        Assert.Equal(2, asked);
    }

    [BrowserFact]
    public async Task Of_two_hundred_nodes_only_those_that_changed_are_drawn_anew()
    {
        var nodes = string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{ "id": "n{{i}}", "type": "transform", "config": { "value": {{i}} }, "position": { "x": {{i % 20 * 280}}, "y": {{i / 20 * 120}} } }"""));
        var edges = string.Join(',', Enumerable.Range(1, 199).Select(i => $$"""{ "from": "n{{i - 1}}", "to": "n{{i}}" }"""));
        var workflow = await browser.SaveAsync($$"""{ "name": "large {{Guid.NewGuid():N}}", "nodes": [{{nodes}}], "edges": [{{edges}}] }""");
        await using var tab = await browser.OpenLiveAsync($"/workflows/{workflow}/edit?node=n100");
        var (page, editor) = (tab.Page, new EditorDriver(tab.Page));
        await Expect(editor.Nodes).ToHaveCountAsync(200);

        await page.EvaluateAsync("""
            () => {
                window.__touched = new Set();
                const name = e => e?.closest("[data-edge]")?.dataset.edge ?? e?.closest(".graph-node")?.querySelector("[data-node]")?.dataset.node;
                new MutationObserver(all => { for (const one of all) { const id = name(one.target.nodeType === 1 ? one.target : one.target.parentElement); if (id) window.__touched.add(id); } })
                    .observe(document.querySelector("[data-view]"), { subtree: true, childList: true, attributes: true, characterData: true });
            }
            """);
        await editor.Node("n100").FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("[data-place='0 610']")).ToHaveCountAsync(1);
        await editor.Field("Value *").FillAsync("\"something else\"");
        await Expect(page.GetByText(", changed")).ToBeVisibleAsync();

        // The node, and the edges to and from it.
        Assert.Equal(["100", "99", "n100"], (await page.EvaluateAsync<string[]>("() => [...window.__touched]")).Order(StringComparer.Ordinal));
    }
}
