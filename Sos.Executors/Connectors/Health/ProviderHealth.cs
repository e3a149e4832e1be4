using Polly;
using Polly.CircuitBreaker;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Connectors.Health;

/// <summary>How one provider fares with one credential: its circuit breaker, its rate limit, and what it asked for itself.</summary>
internal sealed class ProviderHealth
{
    private readonly ResiliencePipeline breaker;
    private readonly SlidingWindow? window;
    private readonly SemaphoreSlim? places;
    private readonly TimeProvider time;
    private readonly ConnectorRateLimit? limit;
    private long notBefore;

    public ProviderHealth(ConnectorRateLimit? limit, ConnectorOptions options, TimeProvider time)
    {
        (this.limit, this.time) = (limit, time);
        breaker = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<ConnectorException>(e => e.CountsAgainstHealth),
                FailureRatio = 0.5,
                MinimumThroughput = options.BreakAfter,
                SamplingDuration = options.BreakWindow,
                BreakDuration = options.BreakDuration,
            })
            .Build();
        if (limit is null || !Duration.TryParse(limit.Per, out var per))
            return;
        window = new SlidingWindow(limit.Requests, per, time);
        places = limit.Concurrent is { } concurrent ? new SemaphoreSlim(concurrent) : null;
    }

    /// <summary>When it was last used.</summary>
    public long LastUse { get; private set; }

    /// <summary>Sends a request, unless the provider is to be left alone. What fails before anything is sent must not come here: it would count as an answer.</summary>
    /// <exception cref="ConnectorException">It failed, or the circuit is open (<c>connector_circuit_open</c>).</exception>
    public async Task<T> CallAsync<T>(string provider, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        LastUse = time.GetTimestamp();
        try
        {
            return await breaker.ExecuteAsync(async token => await call(token), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw new ConnectorException(
                new NodeError("connector_circuit_open", $"'{provider}' failed often of late and is left alone for a while.") { Retryable = true, RetryAfter = e.RetryAfter },
                FallThrough.CircuitOpen);
        }
    }

    /// <summary>Waits for the turn of one request.</summary>
    /// <param name="provider">The provider, for the error.</param>
    /// <param name="until">When the call must be done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>To be disposed when the answer is there.</returns>
    /// <exception cref="ConnectorException">No turn comes in time (<c>connector_rate_limited</c>).</exception>
    public async Task<IDisposable> TurnAsync(string provider, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (places is not null && !await places.WaitAsync(Left(until), cancellationToken))
            throw RateLimited(provider, Left(until));
        try
        {
            while (true)
            {
                var now = time.GetUtcNow();
                var pause = new DateTimeOffset(Volatile.Read(ref notBefore), TimeSpan.Zero) - now;
                if (pause <= TimeSpan.Zero)
                {
                    if (window is null || window.TryTake(out pause))
                        return new Turn(places);
                }
                if (now + pause >= until)
                    throw RateLimited(provider, pause);
                await Task.Delay(pause, time, cancellationToken);
            }
        }
        catch
        {
            places?.Release();
            throw;
        }
    }

    /// <summary>Notes that the provider asked to be left alone (429 with <c>Retry-After</c>): every call with this credential heeds it.</summary>
    public void LeaveAlone(TimeSpan delay)
    {
        // Of several answers, the one that asks for most counts.
        var until = (time.GetUtcNow() + delay).UtcTicks;
        for (var known = Volatile.Read(ref notBefore); known < until;)
        {
            var found = Interlocked.CompareExchange(ref notBefore, until, known);
            if (found == known)
                return;
            known = found;
        }
    }

    private TimeSpan Left(DateTimeOffset until)
    {
        var left = until - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private ConnectorException RateLimited(string provider, TimeSpan pause) => new(
        new NodeError("connector_rate_limited", limit is null
            ? $"'{provider}' asked to be left alone for longer than the call may take."
            : $"'{provider}' gets at most {limit.Requests} requests per {limit.Per}, and the call's turn does not come in time.")
        {
            Retryable = true,
            RetryAfter = pause,
        },
        FallThrough.RateLimited);

    private sealed class Turn(SemaphoreSlim? places) : IDisposable
    {
        private SemaphoreSlim? held = places;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Release();
    }
}
