using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Polly;
using Polly.Telemetry;
using Sos.ServiceDefaults.Health;
using Sos.ServiceDefaults.Http;
using Sos.ServiceDefaults.Telemetry.Settings;
using Sos.ServiceDefaults.Telemetry.Spans;

namespace Sos.ServiceDefaults;

/// <summary>
/// What depends on the packages at hand. This flavour (configuration Aspire) is made of the official ones:
/// Aspire.Npgsql, service discovery, HTTP resilience, OpenTelemetry's hosting and instrumentation. Where their defaults
/// differ from Platform.Portable.cs they are set so that both behave alike, which the same tests show.
/// </summary>
static class Platform
{
    static readonly object Unhandled = new();

    /// <summary>Registers a TracerProvider that listens to the instrumentation of this flavour.</summary>
    public static void AddTraces(IHostApplicationBuilder builder, Action<IServiceProvider, TracerProviderBuilder> configure)
    {
        if (!HasDestination(builder))
            return;
        // .NET itself carries the trace from request to request; the packages leave that alone with this one only.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        builder.Services.AddSingleton<IStartupFilter, RequestsFilter>();
        builder.Services.AddOpenTelemetry().WithTracing(traces =>
        {
            traces.AddAspNetCoreInstrumentation(Configure).AddHttpClientInstrumentation(Configure).AddProcessor(new ClientSpanAttributes());
            ((IDeferredTracerProviderBuilder)traces).Configure(configure);
        });
    }

    /// <summary>Registers a MeterProvider.</summary>
    public static void AddMetrics(IHostApplicationBuilder builder, Action<IServiceProvider, MeterProviderBuilder> configure)
    {
        if (!HasDestination(builder))
            return;
        builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation();
            ((IDeferredMeterProviderBuilder)metrics).Configure(configure);
        });
    }

    /// <summary>Gives every HttpClient of the factory resilience and service discovery.</summary>
    public static void AddHttpDefaults(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddServiceDiscovery();
        var targets = new Targets();
        services.ConfigureHttpClientDefaults(http =>
        {
            // The order matters: each attempt asks discovery again and may get another replica.
            http.AddStandardResilienceHandler().Configure(Configure).SelectPipelineBy(_ => targets.NameOf);
            http.AddServiceDiscovery();
        });
        // Polly's own registration goes by the system's clock.
        services.AddTransient(sp => new ResiliencePipelineBuilder { TimeProvider = sp.GetRequiredService<TimeProvider>() }
            .ConfigureTelemetry(sp.GetRequiredService<IOptions<TelemetryOptions>>().Value));
    }

    /// <summary>
    /// Registers a data source, under a key or, without one, together with its connections; one that is registered
    /// already stays. The connection string is asked for when the data source is first used.
    /// </summary>
    public static void AddDataSource(IHostApplicationBuilder builder, string connectionName, string? serviceKey, Func<string> connectionString, Action<NpgsqlDataSourceBuilder> configure)
    {
        if (serviceKey is null)
            AspirePostgreSqlNpgsqlExtensions.AddNpgsqlDataSource(builder, connectionName, Set, Build);
        else
            AspirePostgreSqlNpgsqlExtensions.AddKeyedNpgsqlDataSource(builder, serviceKey, Set, Build);

        static void Set(Aspire.Npgsql.NpgsqlSettings settings)
        {
            // Replaced below: the package would read it now, and give its own explanation where there is none.
            settings.ConnectionString = "Host=later";
            // These are the same for both flavours: DatabaseHealthCheck, TelemetrySources and SqlSpans.
            settings.DisableHealthChecks = settings.DisableTracing = settings.DisableMetrics = true;
        }

        void Build(NpgsqlDataSourceBuilder source)
        {
            source.ConnectionStringBuilder.ConnectionString = connectionString();
            source.Name = connectionName;
            configure(source);
        }
    }

    // The packages build and start a provider wherever there is a registration, so it is decided early that without a
    // destination nothing listens.
    static bool HasDestination(IHostApplicationBuilder builder) =>
        TelemetrySettings.Read(builder.Configuration, builder.Environment, serviceName: null).Destinations.Count > 0;

    static void Configure(AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = context => !HealthPaths.Contains(context.Request.Path);
        // Not every exception is the server's failure; ServerSpanAttributes decides with the request at hand.
        options.EnrichWithException = (span, _) => span.SetStatus(ActivityStatusCode.Unset).SetTag("error.type", null);
        options.EnrichWithHttpResponse = (span, response) =>
        {
            // Where a process has several hosts, each of them is told of every request: this may run again.
            span.SetTag("url.query", null).SetTag("http.response.status_code", null);
            ServerSpanAttributes.Complete(span, response.HttpContext, response.HttpContext.Items[Unhandled] as Exception);
        };
    }

    // .NET has set the address already, with the query cut off; the package has put back the query's names.
    static void Configure(HttpClientTraceInstrumentationOptions options) => options.EnrichWithHttpRequestMessage = (span, request) =>
    {
        if (request.RequestUri is { IsAbsoluteUri: true } address)
            span.SetTag("url.full", address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) + (address.Query.Length > 0 ? "?*" : ""));
    };

    static void Configure(HttpStandardResilienceOptions options, IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        options.Retry.ShouldHandle = args => new(TransientFailures.ShouldRetry(args.Context.GetRequestMessage(), args.Outcome, options.TotalRequestTimeout.Timeout, time));
        options.Retry.DelayGenerator = args => new(TransientFailures.RetryAfter(args.Outcome.Result, time));
        options.CircuitBreaker.ShouldHandle = args => new(TransientFailures.IsTransient(args.Outcome));
        options.RateLimiter.OnRejected = _ => throw new HttpRequestException("Too many requests of this client are under way; try again later.");
    }

    /// <summary>
    /// Names a circuit breaker and a limit of requests for each target, so that a dead one does not take others with it.
    /// Targets can come from users; past a number they share one.
    /// </summary>
    sealed class Targets
    {
        const int Max = 512;

        readonly ConcurrentDictionary<string, string> _known = new();

        public string NameOf(HttpRequestMessage request)
        {
            var target = request.RequestUri is { IsAbsoluteUri: true } address ? $"{address.Scheme}://{address.Authority}" : "";
            return _known.TryGetValue(target, out var name) ? name : _known.Count >= Max ? "*" : _known.GetOrAdd(target, target);
        }
    }

    /// <summary>
    /// Keeps what a probe calls untraced, and an exception for the span: that a client went away, the server tells nobody.
    /// </summary>
    sealed class RequestsFilter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(static (context, next) => HealthPaths.Contains(context.Request.Path) ? ProbeAsync(context, next) : RequestAsync(context, next));
            next(app);
        };

        static async Task ProbeAsync(HttpContext context, RequestDelegate next)
        {
            using (SuppressInstrumentationScope.Begin())
                await next(context);
        }

        static async Task RequestAsync(HttpContext context, RequestDelegate next)
        {
            try
            {
                await next(context);
            }
            catch (Exception e)
            {
                context.Items[Unhandled] = e;
                throw;
            }
        }
    }
}
