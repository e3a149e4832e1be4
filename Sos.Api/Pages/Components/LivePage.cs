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

    [Inject] internal TimeProvider Clock { get; set; } = null!;

    [Inject] internal ExecutionWatch Watch { get; set; } = null!;

    [Inject] internal TabVisibility Visibility { get; set; } = null!;

    /// <summary>Whether it looks again now; not while somebody types into it, for instance.</summary>
    protected virtual bool LooksAgain => true;

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = FollowAsync();
    }

    /// <summary>Reads the page anew and shows it.</summary>
    protected async Task RefreshAsync()
    {
        if (await TryAsync(LoadAsync) || Error is not null)
            StateHasChanged();
    }

    private async Task FollowAsync()
    {
        var left = Left;
        using var changes = Watch.WatchAll();
        try
        {
            await Visibility.FollowAsync("/" + Assets["sos.js"]);
            while (!left.IsCancellationRequested)
            {
                await changes.NextAsync(AtLeastEvery, Clock, left);
                await Visibility.SeenAsync(left);
                var before = Clock.GetTimestamp();
                if (LooksAgain && IsLoaded)
                    await RefreshAsync();
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
