using System.Threading.RateLimiting;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Sos.ServiceDefaults.Http;
using Sos.ServiceDefaults.Portable.Http;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>
/// How outgoing HTTP requests are protected, from the outside in: <see cref="RateLimiter"/>,
/// <see cref="TotalRequestTimeout"/>, <see cref="Retry"/>, <see cref="CircuitBreaker"/>, <see cref="AttemptTimeout"/>.
/// The members and their defaults are those of Microsoft.Extensions.Http.Resilience, but for what is retried: see
/// <see cref="TransientFailures.ShouldRetry"/>.
/// </summary>
public sealed class HttpStandardResilienceOptions
{
    /// <summary>The defaults; what they retry can be replaced like everything else.</summary>
    public HttpStandardResilienceOptions()
    {
        Retry.ShouldHandle = args => new ValueTask<bool>(TransientFailures.ShouldRetry(
            ResilienceHandler.RequestOf(args.Context), args.Outcome, TotalRequestTimeout.Timeout, ResilienceHandler.TimeOf(args.Context)));
        Retry.DelayGenerator = args => new ValueTask<TimeSpan?>(TransientFailures.RetryAfter(args.Outcome.Result, ResilienceHandler.TimeOf(args.Context)));
        CircuitBreaker.ShouldHandle = args => new ValueTask<bool>(TransientFailures.IsTransient(args.Outcome));
    }

    /// <summary>How many requests of a client may be under way at once: 1,000; more fail at once.</summary>
    public HttpRateLimiterStrategyOptions RateLimiter { get; set; } = new();

    /// <summary>For a request with all its attempts and pauses: 30 s.</summary>
    public TimeoutStrategyOptions TotalRequestTimeout { get; set; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Three more attempts, after 2, 4 and 8 seconds with jitter, or when the server's Retry-After says.</summary>
    public RetryStrategyOptions<HttpResponseMessage> Retry { get; set; } = new()
    {
        MaxRetryAttempts = 3,
        BackoffType = Polly.DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = TimeSpan.FromSeconds(2),
    };

    /// <summary>Per target: when 10 % of at least 100 requests within 30 s fail, the next 5 s fail at once.</summary>
    public CircuitBreakerStrategyOptions<HttpResponseMessage> CircuitBreaker { get; set; } = new()
    {
        FailureRatio = 0.1,
        MinimumThroughput = 100,
        SamplingDuration = TimeSpan.FromSeconds(30),
        BreakDuration = TimeSpan.FromSeconds(5),
    };

    /// <summary>For one attempt: 10 s.</summary>
    public TimeoutStrategyOptions AttemptTimeout { get; set; } = new() { Timeout = TimeSpan.FromSeconds(10) };
}

/// <summary>How many requests of a client may be under way at once.</summary>
public sealed class HttpRateLimiterStrategyOptions
{
    /// <summary>1,000, and none waits.</summary>
    public ConcurrencyLimiterOptions DefaultRateLimiterOptions { get; set; } = new() { PermitLimit = 1000, QueueLimit = 0 };
}
