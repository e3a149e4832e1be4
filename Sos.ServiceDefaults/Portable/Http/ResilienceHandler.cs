using Polly;

namespace Sos.ServiceDefaults.Portable.Http;

/// <summary>Sends each request through its client's <see cref="Microsoft.Extensions.Http.Resilience.HttpStandardResilienceOptions"/>.</summary>
sealed class ResilienceHandler(ResiliencePipelines pipelines, string client) : DelegatingHandler
{
    static readonly ResiliencePropertyKey<HttpRequestMessage?> Request = new("sos.http.request");

    static readonly ResiliencePropertyKey<TimeProvider> Time = new("sos.http.time");

    /// <summary>The request that a pipeline carries out.</summary>
    public static HttpRequestMessage? RequestOf(ResilienceContext context) => context.Properties.GetValue(Request, null);

    /// <summary>The clock for dates in Retry-After.</summary>
    public static TimeProvider TimeOf(ResilienceContext context) => context.Properties.GetValue(Time, TimeProvider.System);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var permit = pipelines.LimiterOf(client).AttemptAcquire();
        if (!permit.IsAcquired)
            throw new HttpRequestException("Too many requests of this client are under way; try again later.");
        var pipeline = pipelines.PipelineOf(client, request.RequestUri);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Request, request);
        context.Properties.Set(Time, pipelines.Time);
        // A handler further in may rewrite the address (service discovery); every attempt starts from the original.
        var address = request.RequestUri;
        try
        {
            var outcome = await pipeline.ExecuteOutcomeAsync(
                static async (context, state) =>
                {
                    try
                    {
                        state.Request.RequestUri = state.Address;
                        return Outcome.FromResult(await state.Handler.SendOnceAsync(state.Request, context.CancellationToken).ConfigureAwait(context.ContinueOnCapturedContext));
                    }
                    catch (Exception e)
                    {
                        return Outcome.FromException<HttpResponseMessage>(e);
                    }
                },
                context,
                (Handler: this, Request: request, Address: address)).ConfigureAwait(false);
            outcome.ThrowIfException();
            return outcome.Result!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(request, cancellationToken);
}
