using System.Diagnostics;
using Microsoft.Playwright;

namespace Sos.Benchmarks.Pages;

/// <summary>A workflow in the editor: how soon it is there, how it moves under the pointer, and how long a change takes to be drawn by the server.</summary>
internal static class EditedGraph
{
    private const int Steps = 60;

    /// <summary>Prints the figures.</summary>
    /// <param name="page">A page that is signed in.</param>
    /// <param name="workflow">The workflow.</param>
    /// <param name="node">One of its nodes.</param>
    /// <param name="duration">For how long the node is dragged about.</param>
    public static async Task MeasureAsync(IPage page, Guid workflow, string node, TimeSpan duration)
    {
        await page.GotoAsync($"/workflows/{workflow}/edit");
        await Liveness.WaitAsync(page);
        await page.WaitForFunctionAsync($"() => document.querySelector(\".ed:not([inert]) [data-node='{node}']\")");
        var (drawn, nodes) = (await page.EvaluateAsync<double>("() => performance.now()"), await page.Locator("[data-node]").CountAsync());
        Console.WriteLine(FormattableString.Invariant($"editor, {nodes} nodes: there after {drawn:0} ms"));
        var box = page.Locator($"[data-node='{node}']");
        await page.ClickAsync("[data-zoom=fit]");
        await box.ClickAsync();

        // From the key to the server's drawing of the new place.
        var moved = await page.EvaluateAsync<double[]>($$"""
            async () => {
                const node = document.querySelector("[data-node='{{node}}']"), place = node.parentElement, times = [];
                node.focus();
                for (let i = 0; i < {{Steps}}; i++) {
                    const began = performance.now();
                    const drawn = new Promise(done => { const seen = new MutationObserver(() => { seen.disconnect(); done(); }); seen.observe(place, { attributes: true, attributeFilter: ["data-place"] }); });
                    node.dispatchEvent(new KeyboardEvent("keydown", { key: i % 2 ? "ArrowLeft" : "ArrowRight", bubbles: true, cancelable: true }));
                    await drawn;
                    times.push(performance.now() - began);
                }
                return times;
            }
            """);
        Array.Sort(moved);
        Console.WriteLine(FormattableString.Invariant($"the same, a node moved by a key is drawn after {moved[moved.Length / 2]:0.0} ms (p95 {moved[(int)(moved.Length * 0.95)]:0.0})"));

        var at = await box.BoundingBoxAsync() ?? throw new InvalidOperationException("The node has no size.");
        var (x, y) = (at.X + (at.Width / 2), at.Y + (at.Height / 2));
        var frames = new FrameCounter(page);
        await page.Mouse.MoveAsync(x, y);
        await page.Mouse.DownAsync();
        await frames.StartAsync();
        var watch = Stopwatch.StartNew();
        for (var i = 0; watch.Elapsed < duration; i++)
            await page.Mouse.MoveAsync(x + (120 * MathF.Sin(i / 15f)), y + (60 * MathF.Cos(i / 15f)));
        Console.WriteLine($"the same, a node dragged about: {await frames.StopAsync()}");
        await page.Mouse.UpAsync();
    }
}
