using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Sos.ServiceDefaults.Portable.Http;

/// <summary>
/// The state that outlives a message handler: a concurrency limit per client name, and a pipeline with its circuit
/// breaker per client name and target, so that a dead target does not take others with it.
/// </summary>
sealed class ResiliencePipelines(IOptionsMonitor<HttpStandardResilienceOptions> options, TimeProvider time) : IDisposable
{
    // Targets can come from users. Past this number they share one breaker per client.
    const int MaxTargets = 512;

    readonly ConcurrentDictionary<string, ConcurrencyLimiter> _limiters = new();
    readonly ConcurrentDictionary<(string Client, string Target), ResiliencePipeline<HttpResponseMessage>> _pipelines = new();

    /// <summary>The clock that everything here goes by.</summary>
    public TimeProvider Time => time;

    public ConcurrencyLimiter LimiterOf(string client) => _limiters.GetOrAdd(client, name => new ConcurrencyLimiter(options.Get(name).RateLimiter.DefaultRateLimiterOptions));

    public ResiliencePipeline<HttpResponseMessage> PipelineOf(string client, Uri? target)
    {
        var key = (client, target is { IsAbsoluteUri: true } ? $"{target.Scheme}://{target.Authority}" : "");
        if (_pipelines.TryGetValue(key, out var pipeline))
            return pipeline;
        if (_pipelines.Count >= MaxTargets)
            key = (client, "*");
        return _pipelines.GetOrAdd(key, k => Build(options.Get(k.Client)));
    }

    public void Dispose()
    {
        foreach (var limiter in _limiters.Values)
            limiter.Dispose();
    }

    ResiliencePipeline<HttpResponseMessage> Build(HttpStandardResilienceOptions settings) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(settings.TotalRequestTimeout)
            .AddRetry(settings.Retry)
            .AddCircuitBreaker(settings.CircuitBreaker)
            .AddTimeout(settings.AttemptTimeout)
            .Build();
}
