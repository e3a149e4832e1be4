using Microsoft.JSInterop;

namespace Sos.Api.Pages.Components;

/// <summary>Whether anybody can see a connection's pages: what is shown in a tab in the background need not be read anew.</summary>
internal sealed class TabVisibility(IJSRuntime js) : IDisposable
{
    private readonly Lock gate = new();
    private TaskCompletionSource? hidden;
    private DotNetObjectReference<TabVisibility>? self;

    /// <summary>Has the browser tell from now on; once for a connection.</summary>
    /// <param name="script">Where the pages' script is.</param>
    public async Task FollowAsync(string script)
    {
        if (self is not null)
            return;
        self = DotNetObjectReference.Create(this);
        try
        {
            await using var module = await js.InvokeAsync<IJSObjectReference>("import", script);
            await module.InvokeVoidAsync("tellVisibility", self);
        }
        catch (Exception e) when (e is JSDisconnectedException or JSException or OperationCanceledException)
        {
            // Without the browser's word a page counts as seen.
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
}
