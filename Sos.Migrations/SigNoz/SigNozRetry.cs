namespace Sos.Migrations.SigNoz;

/// <summary>
/// Tries a whole step again that failed for a moment: look, compare, write. So a write whose answer got lost is found by
/// the next look, and nothing is made twice.
/// </summary>
internal sealed class SigNozRetry(SigNozOptions options, TimeProvider time)
{
    private const int Attempts = 4;

    /// <summary>The longest wait that a server may ask for.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Runs a step.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        for (var (attempt, delay) = (1, options.RetryDelay); ; attempt++, delay *= 2)
        {
            try
            {
                return await step(cancellationToken);
            }
            catch (SigNozException error) when (error.IsTransient && attempt < Attempts)
            {
                var asked = error.RetryAfter is { } wait && wait > delay ? wait : delay;
                await Task.Delay(asked < LongestDelay ? asked : LongestDelay, time, cancellationToken);
            }
        }
    }

    /// <summary>Waits until SigNoz is ready.</summary>
    /// <exception cref="SigNozException">It is not within <see cref="SigNozOptions.Wait"/>.</exception>
    public async Task ReadyAsync(SigNozClient client, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var delay = options.RetryDelay; ; delay = delay * 2 < TimeSpan.FromSeconds(5) ? delay * 2 : TimeSpan.FromSeconds(5))
        {
            string reason;
            try
            {
                if (await client.IsReadyAsync(cancellationToken))
                    return;
                reason = "it answers, but not all of its parts run yet (GET /api/v2/healthz)";
            }
            catch (SigNozException error) when (error.IsTransient)
            {
                reason = error.Message;
            }
            if (time.GetElapsedTime(started) + delay > options.Wait)
                throw new SigNozException($"SigNoz at {options.Url} was not ready within {options.Wait.TotalSeconds:0.#} s: {reason}");
            await Task.Delay(delay, time, cancellationToken);
        }
    }
}
