using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

/// <summary>The workflow editor, as tests use it.</summary>
internal sealed class EditorDriver(IPage page)
{
    // Before its script is there the editor takes nothing, though it is to be seen.
    private ILocator Editor => page.Locator(".ed:not([inert])");

    public ILocator Problems => page.GetByRole(AriaRole.Region, new() { Name = "Problems" });

    public ILocator Canvas => Editor.Locator("[data-canvas]");

    public ILocator Nodes => Editor.Locator("[data-node]");

    public ILocator Edges => Editor.Locator("[data-edge]");

    public ILocator Json => Editor.Locator("#ed-json");

    public ILocator Node(string id) => Editor.Locator($"[data-node='{id}']");

    public ILocator Box(string id) => Node(id).Locator(".graph-box");

    public ILocator Port(string id, string port = "") => Editor.Locator($"g:has(> [data-node='{id}']) > [data-port='{port}']");

    public ILocator Edge(string from, string to) => Editor.Locator($"[data-edge][data-from='{from}'][data-to='{to}']");

    public ILocator Field(string label) => Editor.Locator("#ed-tabpanel").GetByLabel(label, new() { Exact = true });

    public ILocator Search => Editor.GetByLabel("Find a node type");

    public ILocator Type(string title) => Editor.GetByRole(AriaRole.Region, new() { Name = "Node types" }).GetByRole(AriaRole.Button, new() { Name = title, Exact = true });

    public ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Tab(string name) => page.GetByRole(AriaRole.Tab, new() { Name = name, Exact = true });

    public ILocator Heading(string text) => Editor.Locator("#ed-tabpanel").GetByRole(AriaRole.Heading, new() { Name = text, Exact = true });

    /// <summary>Adds a node behind the selected one; it is selected then.</summary>
    public async Task AddAsync(string type)
    {
        await Expect(Canvas).ToBeVisibleAsync();
        var before = await Nodes.CountAsync();
        await Type(type).ClickAsync();
        await Expect(Nodes).ToHaveCountAsync(before + 1);
        await Expect(page.Locator("[data-node][aria-pressed='true']:focus")).ToHaveCountAsync(1);
    }

    public async Task RenameAsync(string id)
    {
        await Field("Id").FillAsync(id);
        await Field("Id").PressAsync("Enter");
        await Expect(Node(id)).ToBeVisibleAsync();
    }

    public async Task SaveAsync(string version)
    {
        await Button("Save").ClickAsync();
        await Expect(page.GetByText(version, new() { Exact = true })).ToBeVisibleAsync();
    }

    public async Task SaveRefusedAsync(string why)
    {
        await Button("Save").ClickAsync();
        await Expect(page.Locator(".failure")).ToContainTextAsync(why);
    }

    /// <summary>As many nodes and edges are drawn.</summary>
    public async Task ExpectAsync(int nodes, int edges)
    {
        await Expect(Nodes).ToHaveCountAsync(nodes);
        await Expect(Edges).ToHaveCountAsync(edges);
    }

    /// <summary>The middle of something on the screen.</summary>
    public static async Task<(float X, float Y)> MiddleAsync(ILocator of)
    {
        var box = (await of.BoundingBoxAsync())!;
        return (box.X + box.Width / 2, box.Y + box.Height / 2);
    }

    /// <summary>Presses the pointer at a place, moves it to another and lets go.</summary>
    public async Task DragAsync((float X, float Y) from, (float X, float Y) to)
    {
        await page.Mouse.MoveAsync(from.X, from.Y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync((from.X + to.X) / 2, (from.Y + to.Y) / 2, new() { Steps = 3 });
        await page.Mouse.MoveAsync(to.X, to.Y, new() { Steps = 3 });
        await page.Mouse.UpAsync();
    }
}
