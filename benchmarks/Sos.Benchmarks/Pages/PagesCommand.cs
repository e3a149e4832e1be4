using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Npgsql;
using Sos.Benchmarks.EndToEnd;
using Sos.Testing.Processes;

namespace Sos.Benchmarks.Pages;

/// <summary>
/// The <c>pages</c> command: the product as a user starts it and a Chromium without a screen, on one machine. It prints
/// how soon the first page can be used, how many frames a graph of 500 nodes draws while 500 of them change per second,
/// how smoothly one of 1,000 is moved, how a document of 10 MB opens, and how an editor of 200 nodes answers.
/// </summary>
internal static class PagesCommand
{
    private static readonly Option<int> Rounds = new("--rounds") { Description = "How often the first page is opened", DefaultValueFactory = _ => 7 };
    private static readonly Option<int> Changes = new("--changes") { Description = "How many nodes change per second", DefaultValueFactory = _ => 500 };
    private static readonly Option<int> Seconds = new("--seconds") { Description = "For how long", DefaultValueFactory = _ => 10 };

    public static Command Create()
    {
        var command = new Command("pages", "Opens the pages in a Chromium and prints how fast they are.") { Rounds, Changes, Seconds };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(Rounds), parsed.GetValue(Changes), TimeSpan.FromSeconds(parsed.GetValue(Seconds)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int rounds, int changes, TimeSpan duration, CancellationToken cancellationToken)
    {
        if (Chromium.Browser is not { } program)
        {
            await Console.Error.WriteLineAsync("There is no Chromium: install one, or set SOS_CHROMIUM to its program.");
            return 1;
        }
        await using var product = await ProductProcess.StartAsync(
            TelemetryLevel.Off, new Uri("http://127.0.0.1:1"), null, cancellationToken, new() { ["Sos__Api__MaxInputBytes"] = "12000000" });
        using var api = new HttpClient { BaseAddress = product.Address, DefaultRequestHeaders = { { "X-API-Key", ProductProcess.Key } } };
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = Chromium.Arguments });
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = product.Address.ToString(), ViewportSize = new ViewportSize { Width = 1600, Height = 1000 } });
        await Liveness.NoteAsync(context);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#key", ProductProcess.Key);
        await page.ClickAsync("button[type=submit]");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();

        await FirstPage.MeasureAsync(browser, await context.StorageStateAsync(), product.Address, rounds);
        await ChangingGraphAsync(page, api, product, changes, duration, cancellationToken);
        await MovedGraphAsync(page, api, duration, cancellationToken);
        await BigDocumentAsync(page, api, cancellationToken);
        await EditedGraph.MeasureAsync(page, await SaveAsync(api, MadeUpGraph.Definition("edited", 200, 10), cancellationToken), "node_0", duration);
        return 0;
    }

    private static async Task ChangingGraphAsync(IPage page, HttpClient api, ProductProcess product, int changes, TimeSpan duration, CancellationToken cancellationToken)
    {
        var workflow = await SaveAsync(api, MadeUpGraph.Definition("changing", 500, 20), cancellationToken);
        var execution = await IdAsync(await api.PostAsync($"/api/v1/workflows/{workflow}/executions", JsonContent.Create(new { input = new { }, stepMode = true }), cancellationToken), cancellationToken);
        await using var database = NpgsqlDataSource.Create(product.ConnectionString);
        var nodes = new ChangingNodes(database, execution, MadeUpGraph.Nodes(500));
        await page.GotoAsync($"/executions/{execution}");
        await Liveness.WaitAsync(page);
        await nodes.RunAsync(changes, TimeSpan.FromSeconds(2), cancellationToken); // the page is alive, and everything is compiled
        var frames = new FrameCounter(page);
        await page.EvaluateAsync("""
            () => {
                window.changedNodes = 0;
                new MutationObserver(all => window.changedNodes += new Set(all.map(m => m.target.closest?.('[data-node]')).filter(n => n)).size)
                    .observe(document.querySelector('[data-graph-canvas]'), { subtree: true, attributes: true, childList: true });
            }
            """);
        await frames.StartAsync();
        var rate = await nodes.RunAsync(changes, duration, cancellationToken);
        var figures = await frames.StopAsync();
        var drawn = await page.EvaluateAsync<int>("() => window.changedNodes") / duration.TotalSeconds;
        Console.WriteLine(FormattableString.Invariant($"execution page, 500 nodes, {rate:0} changes/s, {drawn:0} of them drawn: {figures}"));
    }

    private static async Task MovedGraphAsync(IPage page, HttpClient api, TimeSpan duration, CancellationToken cancellationToken)
    {
        var workflow = await SaveAsync(api, MadeUpGraph.Definition("large", 1_000, 25), cancellationToken);
        await page.GotoAsync($"/workflows/{workflow}");
        Console.WriteLine(FormattableString.Invariant($"workflow page, 1,000 nodes: live after {await Liveness.WaitAsync(page):0} ms"));
        var canvas = await page.Locator("[data-graph-canvas]").First.BoundingBoxAsync() ?? throw new InvalidOperationException("The graph has no size.");
        var (x, y) = (canvas.X + canvas.Width / 2, canvas.Y + canvas.Height / 2);
        var frames = new FrameCounter(page);
        var watch = Stopwatch.StartNew();
        Console.WriteLine($"the same, dragged about: {await DragAsync()}");
        await page.FocusAsync("[data-graph-canvas]");
        await frames.StartAsync();
        watch.Restart();
        for (var i = 0; watch.Elapsed < duration; i++)
            await page.Mouse.WheelAsync(0, i / 20 % 2 == 0 ? 40 : -40);
        Console.WriteLine($"the same, by the wheel: {await frames.StopAsync()}");
        for (var i = 0; i < 40; i++)
            await page.Mouse.WheelAsync(0, -120);
        Console.WriteLine($"the same, dragged about from close by: {await DragAsync()}");

        async Task<FrameFigures> DragAsync()
        {
            await page.Mouse.MoveAsync(x, y);
            await page.Mouse.DownAsync();
            await frames.StartAsync();
            watch.Restart();
            for (var i = 0; watch.Elapsed < duration; i++)
                await page.Mouse.MoveAsync(x + 200 * MathF.Sin(i / 15f), y + 100 * MathF.Cos(i / 15f));
            var figures = await frames.StopAsync();
            await page.Mouse.UpAsync();
            return figures;
        }
    }

    private static async Task BigDocumentAsync(IPage page, HttpClient api, CancellationToken cancellationToken)
    {
        var workflow = await SaveAsync(api, """{"name":"big","nodes":[{"id":"count","type":"transform","config":{"value":"${{ size(input.rows) }}"}}],"edges":[]}""", cancellationToken);
        var rows = Enumerable.Range(0, 50_000).Select(i => new { id = i, name = $"row {i}", text = new string((char)('a' + i % 26), 150) });
        var body = JsonSerializer.SerializeToUtf8Bytes(new { input = new { rows } });
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        var execution = await IdAsync(await api.PostAsync($"/api/v1/workflows/{workflow}/executions?wait=30s", content, cancellationToken), cancellationToken);
        await page.GotoAsync($"/executions/{execution}?tab=data");
        Console.WriteLine(FormattableString.Invariant($"execution page with an input of {body.Length / 1e6:0.0} MB: live after {await Liveness.WaitAsync(page):0} ms, {await page.EvaluateAsync<int>("() => document.querySelectorAll('*').length")} elements"));
    }

    private static async Task<Guid> SaveAsync(HttpClient api, string definition, CancellationToken cancellationToken)
    {
        using var content = new StringContent(definition, System.Text.Encoding.UTF8, "application/json");
        return await IdAsync(await api.PostAsync("/api/v1/workflows", content, cancellationToken), cancellationToken);
    }

    private static async Task<Guid> IdAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? JsonElement.Parse(text).GetProperty("id").GetGuid() : throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
        }
    }
}
