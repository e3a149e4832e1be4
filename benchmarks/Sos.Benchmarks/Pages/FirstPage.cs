using Microsoft.Playwright;

namespace Sos.Benchmarks.Pages;

/// <summary>Opens the first page again and again, with nothing cached, signed in.</summary>
internal static class FirstPage
{
    /// <summary>Prints the medians.</summary>
    public static async Task MeasureAsync(IBrowser browser, string signedIn, Uri address, int rounds)
    {
        var (painted, live, bytes, framework) = (new List<double>(), new List<double>(), 0d, 0d);
        for (var round = 0; round < rounds; round++)
        {
            await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = address.ToString(), StorageState = signedIn });
            await Liveness.NoteAsync(context);
            var page = await context.NewPageAsync();
            await page.GotoAsync("/");
            live.Add(await Liveness.WaitAsync(page));
            painted.Add(await page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"));
            bytes = await TransferredAsync(page, "!e.name.includes('/_framework/')");
            framework = await TransferredAsync(page, "e.name.includes('/_framework/')");
        }
        Console.WriteLine(FormattableString.Invariant(
            $"first page, {rounds} rounds, nothing cached: painted after {Median(painted):0} ms, live after {Median(live):0} ms (slowest {live.Max():0}); {bytes / 1_000:0} kB and the framework's {framework / 1_000:0} kB"));
    }

    private static Task<double> TransferredAsync(IPage page, string which) => page.EvaluateAsync<double>(
        $"() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).filter(e => {which}).reduce((sum, e) => sum + e.transferSize, 0)");

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
