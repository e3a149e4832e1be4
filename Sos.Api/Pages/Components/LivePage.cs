using Microsoft.AspNetCore.Components;
using Sos.Api.Executions;

namespace Sos.Api.Pages.Components;

/// <summary>
/// A page that is read anew when executions change, for as long as somebody has it open and before their eyes. Every
/// now and then it is also without a change: leases, budgets and times of day move on by themselves.
/// </summary>
public abstract class LivePage : SosPage
{
    /// <summary>Looking takes this share of the time at most, so that a page of a busy workspace does not keep its database busy.</summary>
    private const int RestAfterWork = 10;

    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AtLeastEvery = TimeSpan.FromSeconds(15);

    private ChangedExecutions? changes;

    [Inject] internal TimeProvider Clock { get; set; } = null!;

    [Inject] internal ExecutionWatch Watch { get; set; } = null!;

    [Inject] internal TabVisibility Visibility { get; set; } = null!;

    /// <summary>Whether it looks again now; not while somebody types into it, for instance.</summary>
    protected virtual bool LooksAgain => true;

    /// <inheritdoc/>
    protected override void Begin()
    {
        // Before the first read, so that nothing happens unseen between it and the rendering in the browser.
        if (RendererInfo.IsInteractive)
            changes = Watch.WatchAll();
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = FollowAsync(changes!);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        changes?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Reads the page anew and shows it.</summary>
    protected Task RefreshAsync() => RefreshAsync(LoadAsync);

    private async Task RefreshAsync(Func<Task> read)
    {
        if (await TryAsync(read) || Error is not null)
            StateHasChanged();
    }

    /// <summary>Reads what changed; everything, unless a page knows better.</summary>
    /// <param name="changed">What did; null where only time has passed.</param>
    private protected virtual Task LoadChangesAsync(ChangedExecutions.Changes? changed) => LoadAsync();

    private async Task FollowAsync(ChangedExecutions changes)
    {
        var left = Left;
        try
        {
            await Visibility.FollowAsync();
            while (!left.IsCancellationRequested)
            {
                var changed = await changes.NextAsync(AtLeastEvery, Clock, left);
                await Visibility.SeenAsync(left);
                var before = Clock.GetTimestamp();
                if (LooksAgain && IsLoaded)
                    await RefreshAsync(() => LoadChangesAsync(changed));
                var rest = Clock.GetElapsedTime(before) * RestAfterWork;
                await Task.Delay(rest > AtMostEvery ? rest : AtMostEvery, Clock, left);
            }
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            // The page was left.
        }
    }
}
