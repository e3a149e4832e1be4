using Microsoft.JSInterop;

namespace Sos.Api.Pages.Components;

/// <summary>Whether anybody can see a connection's pages: what is shown in a tab in the background need not be read anew.</summary>
internal sealed partial class TabVisibility(IJSRuntime js, ILogger<TabVisibility> logger) : IDisposable
{
    private readonly Lock gate = new();
    private TaskCompletionSource? hidden;
    private DotNetObjectReference<TabVisibility>? self;

    /// <summary>Has the browser tell from now on; once for a connection.</summary>
    public async Task FollowAsync()
    {
        if (self is not null)
            return;
        self = DotNetObjectReference.Create(this);
        try
        {
            await js.InvokeVoidAsync("sos.tellVisibility", self);
        }
        catch (JSException e)
        {
            LogNotTold(logger, e.Message); // so the page counts as seen
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
            // Whoever had the page open is gone.
        }
    }

    /// <summary>Returns at once while the tab is seen, and else when it is again.</summary>
    public Task SeenAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return hidden is null ? Task.CompletedTask : hidden.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The browser's word.</summary>
    [JSInvokable]
    public void Changed(bool visible)
    {
        lock (gate)
        {
            if (!visible)
            {
                hidden ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return;
            }
            hidden?.TrySetResult();
            hidden = null;
        }
    }

    public void Dispose() => self?.Dispose();

    [LoggerMessage(1, LogLevel.Warning, "A browser does not tell whether its tab is seen ({Reason}); pages in it are read anew in the background, too")]
    private static partial void LogNotTold(ILogger logger, string reason);
}
