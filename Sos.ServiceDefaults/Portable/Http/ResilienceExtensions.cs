using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Http.Resilience;
using Sos.ServiceDefaults.Portable.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Resilience for clients of IHttpClientFactory, in the shape of Microsoft.Extensions.Http.Resilience.</summary>
public static class ResilienceExtensions
{
    /// <summary>
    /// Adds timeouts, retries, a circuit breaker and a concurrency limit, see <see cref="HttpStandardResilienceOptions"/>.
    /// Adding it again to a client that has it already (from the defaults) only changes its options.
    /// </summary>
    public static IHttpClientBuilder AddStandardResilienceHandler(this IHttpClientBuilder builder, Action<HttpStandardResilienceOptions>? configure = null)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ResiliencePipelines>();
        if (configure is not null)
            builder.Services.Configure(builder.Name, configure);
        builder.Services.Configure<HttpClientFactoryOptions>(builder.Name, options => options.HttpMessageHandlerBuilderActions.Add(Add));
        return builder;

        static void Add(HttpMessageHandlerBuilder handlers)
        {
            if (!handlers.AdditionalHandlers.OfType<ResilienceHandler>().Any())
                handlers.AdditionalHandlers.Add(new ResilienceHandler(handlers.Services.GetRequiredService<ResiliencePipelines>(), handlers.Name ?? ""));
        }
    }

    /// <summary>Takes resilience away from a client that brings its own.</summary>
    public static IHttpClientBuilder RemoveAllResilienceHandlers(this IHttpClientBuilder builder) =>
        builder.ConfigureAdditionalHttpMessageHandlers(static (handlers, _) =>
        {
            foreach (var handler in handlers.OfType<ResilienceHandler>().ToArray())
                handlers.Remove(handler);
        });
}
