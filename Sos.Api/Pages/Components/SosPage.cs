using Microsoft.AspNetCore.Components;
using Sos.Api.Pages.SignIn;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Components;

/// <summary>
/// A page of somebody who is signed in. What it loads stops with it; what goes wrong while it loads is shown in its
/// place instead of ending the connection.
/// </summary>
public abstract class SosPage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource left = new();
    private bool hasBegun;
    private bool isFresh;

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Left => left.Token;

    /// <summary>Who looks at the page; known from <see cref="LoadAsync"/> on.</summary>
    protected KeyHolder Holder { get; private set; } = null!;

    /// <summary>The workspace it shows.</summary>
    protected Guid WorkspaceId => Holder.WorkspaceId;

    /// <summary>Why the page can't be shown; null when it can.</summary>
    protected Exception? Error { get; private set; }

    /// <summary>Whether <see cref="LoadAsync"/> has ended well.</summary>
    protected bool IsLoaded { get; private set; }

    [Inject] internal Session Session { get; set; } = null!;

    /// <summary>Whether who looks has a role; each includes the ones before it.</summary>
    protected bool Allows(string role) => Session.Allows(Holder, role);

    /// <summary>What comes before the first read.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Reads what the page shows, at first and whenever its parameters change.</summary>
    protected abstract Task LoadAsync();

    /// <summary>
    /// Loads the page before it is rendered for the first time. What the server sent at once then stays on the screen until
    /// the live page has something to show in its place, rather than vanish for a moment.
    /// </summary>
    public sealed override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        if (!hasBegun)
        {
            hasBegun = isFresh = true;
            Begin();
            await ReadAsync();
        }
        await base.SetParametersAsync(ParameterView.Empty);
    }

    /// <inheritdoc/>
    protected sealed override Task OnParametersSetAsync()
    {
        if (!isFresh)
            return ReadAsync();
        isFresh = false;
        return Task.CompletedTask;
    }

    private async Task ReadAsync()
    {
        Holder = await Session.HolderAsync();
        IsLoaded = await TryAsync(LoadAsync);
    }

    /// <summary>Does something that may fail, and shows why it did in <see cref="Error"/>.</summary>
    /// <returns>Whether it went well.</returns>
    protected async Task<bool> TryAsync(Func<Task> work)
    {
        Error = null;
        try
        {
            await work();
            return true;
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            return false;
        }
        catch (NavigationException)
        {
            throw;
        }
#pragma warning disable CA1031 // the page tells what happened
        catch (Exception e)
#pragma warning restore CA1031
        {
            Error = e;
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what the page started.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || left.IsCancellationRequested)
            return;
        left.Cancel();
        left.Dispose();
    }
}
