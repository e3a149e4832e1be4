using Microsoft.Playwright;

namespace Sos.Benchmarks.Pages;

/// <summary>
/// When a page can be used: from its first rendering over the circuit on, which comes as the first large message. What
/// was there before is replaced by it.
/// </summary>
internal static class Liveness
{
    private const string Script = """
        const Native = WebSocket;
        window.WebSocket = class extends Native {
            constructor(...args) {
                super(...args);
                this.addEventListener('message', e => { if ((e.data.byteLength ?? e.data.length) > 400) requestAnimationFrame(() => window.liveAt ??= performance.now()); });
            }
        };
        """;

    /// <summary>Takes note of it on every page that is opened from now on.</summary>
    public static Task NoteAsync(IBrowserContext context) => context.AddInitScriptAsync(Script);

    /// <summary>Waits for it.</summary>
    /// <returns>How many milliseconds after the navigation began it was.</returns>
    public static async Task<double> WaitAsync(IPage page)
    {
        await page.WaitForFunctionAsync("() => window.liveAt");
        return await page.EvaluateAsync<double>("() => window.liveAt");
    }
}
