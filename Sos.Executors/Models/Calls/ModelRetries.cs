using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;

namespace Sos.Executors.Models.Calls;

/// <summary>
/// Repeats a call that failed for a moment: exponentially later each time, with up to a half taken off at random, and
/// not before the provider's <c>Retry-After</c> is over; all within the call's timeout.
/// </summary>
internal sealed class ModelRetries(ModelOptions options, TimeProvider time)
{
    /// <summary>Runs attempts until one succeeds or no more may be made.</summary>
    /// <param name="target">What is called.</param>
    /// <param name="timeout">How long all attempts may take together.</param>
    /// <param name="redactor">Knows the key.</param>
    /// <param name="attempt">One attempt; what it throws is read by <see cref="ModelFailure"/>.</param>
    /// <param name="cancellationToken">The caller's own cancellation, which is passed on as it is.</param>
    /// <returns>What the attempt gave, and how many there were.</returns>
    /// <exception cref="ModelAttemptsException">No attempt succeeded.</exception>
    public async Task<(T Result, int Attempts)> RunAsync<T>(
        ModelTarget target, TimeSpan timeout, Redactor redactor, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var start = time.GetTimestamp();
        for (var number = 1; ; number++)
        {
            ModelFailure failure;
            try
            {
                return (await attempt(either.Token), number);
            }
            catch (ModelFailureException e)
            {
                failure = e.Failure;
            }
#pragma warning disable CA1031 // an SDK may throw anything, and all of it is a failure of the call
            catch (Exception e)
#pragma warning restore CA1031
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure = limit.IsCancellationRequested ? ModelFailure.TimedOut(target, timeout) : ModelFailure.From(e, target, redactor);
            }
            if (!failure.TryAgain || number >= options.MaxAttempts || Delay(number, failure) is not { } delay || time.GetElapsedTime(start) + delay >= timeout)
                throw new ModelAttemptsException(failure, number);
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    // Null where the provider asks for more patience than a slot is held for.
    private TimeSpan? Delay(int attempt, ModelFailure failure)
    {
        if (failure.Error.RetryAfter > options.MaxRetryAfter)
            return null;
        var delay = options.RetryDelay * Math.Pow(2, attempt - 1) * (1 - Random.Shared.NextDouble() / 2);
        return failure.Error.RetryAfter is { } asked && asked > delay ? asked : delay;
    }
}

/// <summary>An attempt failed in a way that is known already.</summary>
internal sealed class ModelFailureException(ModelFailure failure) : Exception(failure.Error.Message)
{
    public ModelFailure Failure => failure;
}

/// <summary>A call failed, after so many attempts.</summary>
internal sealed class ModelAttemptsException(ModelFailure failure, int attempts) : Exception(failure.Error.Message)
{
    public ModelFailure Failure => failure;

    public int Attempts => attempts;
}
