using System.Text.Json;

namespace Sos.Pages.Tests;

/// <summary>One tab in a browser profile of its own, and what it complained about.</summary>
public sealed class Tab : IAsyncDisposable
{
    private readonly Browser _browser;
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];
    private readonly LiveConnection _connection = new();

    internal Tab(Browser browser, IBrowserContext context, IPage page)
    {
        (_browser, _context, Page) = (browser, context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                _complaints.Add(message.Text);
        };
        page.FrameNavigated += (_, frame) =>
        {
            if (frame == page.MainFrame)
                _connection.Arrive();
        };
        page.WebSocket += (_, socket) => _connection.Follow(socket);
        page.PageError += (_, error) => _complaints.Add(error);
    }

    public IPage Page { get; }

    /// <summary>Errors in the console, refusals of the content security policy among them.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Opens a page that is interactive, and waits until it takes clicks and keys: before, what is shown only looks so.</summary>
    public Task GoAsync(string path) => FollowAsync(() => Page.GotoAsync(path));

    /// <summary>The same for a page that something done on this one leads to.</summary>
    public async Task FollowAsync(Func<Task> leave)
    {
        var ready = _connection.NextPage();
        await leave();
        await ready.WaitAsync(TimeSpan.FromSeconds(20));
        await Assertions.Expect(Page.Locator("[inert]")).ToHaveCountAsync(0);
    }

    /// <summary>axe-core finds nothing to object to on the page as it is now, by WCAG 2.2 A and AA and its best practices.</summary>
    public async Task ExpectAccessibleAsync()
    {
        // Into an isolated world of its own, where the page's content security policy does not reach.
        await Page.EvaluateAsync(_browser.Axe);
        var result = await Page.EvaluateAsync<JsonElement>("() => axe.run(document, { resultTypes: ['violations'] })");
        var violations = result.GetProperty("violations").EnumerateArray().Select(violation =>
            $"{violation.GetProperty("id").GetString()}: {violation.GetProperty("help").GetString()}\n" +
            string.Join('\n', violation.GetProperty("nodes").EnumerateArray().Take(5).Select(node => "    " + node.GetProperty("html").GetString())));
        Assert.True(!violations.Any(), $"{Page.Url}\n{string.Join('\n', violations)}");
    }

    /// <summary>Waits until the page with a graph answers: the graph's script comes with the page's connection.</summary>
    public Task AnswersAsync() => Page.Locator("sos-graph:defined").WaitForAsync(new() { State = WaitForSelectorState.Attached });

    /// <summary>The browser complained about nothing.</summary>
    public void ExpectNoComplaint() => Assert.True(_complaints.Count == 0, string.Join('\n', _complaints));

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
