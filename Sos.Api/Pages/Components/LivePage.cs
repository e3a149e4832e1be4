using Microsoft.AspNetCore.Components;

namespace Sos.Api.Pages.Components;

/// <summary>A page that looks again every few seconds for as long as somebody has it open.</summary>
public abstract class LivePage : SosPage
{
    /// <summary>Looking takes this share of the time at most, so that a page of a busy workspace does not keep its database busy.</summary>
    private const int RestAfterWork = 10;

    private Task? looking;
    private volatile TaskCompletionSource sooner = NewSignal();

    [Inject] internal TimeProvider Clock { get; set; } = null!;

    /// <summary>Whether it looks again now; not while somebody types into it, for instance.</summary>
    protected virtual bool LooksAgain => true;

    /// <summary>How long it rests between looks, at least.</summary>
    protected virtual TimeSpan Pace => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            looking = LookAsync();
    }

    /// <summary>Reads the page anew and shows it.</summary>
    protected async Task RefreshAsync()
    {
        if (await TryAsync(LoadAsync) || Error is not null)
            StateHasChanged();
    }

    /// <summary>Rests anew, at the pace that what was loaded asks for.</summary>
    protected void RestAnew() => sooner.TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task LookAsync()
    {
        var left = Left;
        var pause = Pace;
        while (!left.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(pause, Clock, left), sooner.Task).ConfigureAwait(false);
            if (left.IsCancellationRequested)
                return;
            if (sooner.Task.IsCompleted)
            {
                (sooner, pause) = (NewSignal(), Pace);
                continue;
            }
            if (!LooksAgain || !IsLoaded)
                continue;
            var before = Clock.GetTimestamp();
            await InvokeAsync(() => left.IsCancellationRequested ? Task.CompletedTask : RefreshAsync());
            var rest = Clock.GetElapsedTime(before) * RestAfterWork;
            pause = rest > Pace ? rest : Pace;
        }
    }
}
