using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sos.ServiceDefaults.Telemetry;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

public sealed class ServerSpanTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_request_becomes_a_server_span_with_the_stable_attributes(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver, protocol), map: app => app.MapGet("/items/{id:int}", (int id) => id));

        var (response, traceId, parentId) = await host.SendAsync(HttpMethod.Get, "/items/7?token=secret", change: r => r.Headers.Add("User-Agent", "tester/1"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal(
            [
                "client.address", "http.method", "http.request.method", "http.response.status_code", "http.route", "http.status_code",
                "network.protocol.version", "server.address", "server.port", "url.path", "url.scheme", "user_agent.original",
            ],
            span.Attributes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("GET /items/{id:int}", span.Name);
        Assert.Equal(parentId, span.ParentSpanId);
        Assert.Equal("GET", span["http.request.method"]);
        Assert.Equal("GET", span["http.method"]);
        Assert.Equal("/items/{id:int}", span["http.route"]);
        Assert.Equal("/items/7", span["url.path"]);
        Assert.Equal("http", span["url.scheme"]);
        Assert.Equal(200L, span.Attributes["http.response.status_code"]);
        Assert.Equal("127.0.0.1", span["server.address"]);
        Assert.Equal((long)host.Client.BaseAddress!.Port, span.Attributes["server.port"]);
        Assert.Equal("127.0.0.1", span["client.address"]);
        Assert.Equal("tester/1", span["user_agent.original"]);
        Assert.Equal("1.1", span["network.protocol.version"]);
        Assert.Equal(OtlpStatus.Unset, span.Status);
        Assert.DoesNotContain(span.Attributes, a => a.Key.StartsWith("duplicate:") || a.Value is string text && text.Contains("secret"));
    }

    [Fact]
    public async Task An_unhandled_exception_is_an_error_with_an_exception_event()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app.MapPost("/boom", string () => throw new FormatException("boom")));

        var (response, traceId, _) = await host.SendAsync(HttpMethod.Post, "/boom");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);

        AssertFailed(await ServerSpanAsync(receiver, traceId));
    }

    [Fact]
    public async Task An_exception_that_a_handler_answered_is_an_error_of_the_original_route()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver),
            builder => builder.Services.AddProblemDetails(),
            app =>
            {
                app.UseExceptionHandler();
                app.MapPost("/boom", string () => throw new FormatException("boom"));
            });

        var (response, traceId, _) = await host.SendAsync(HttpMethod.Post, "/boom");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);

        AssertFailed(await ServerSpanAsync(receiver, traceId));
    }

    [Fact]
    public async Task A_5xx_answer_is_an_error_and_a_4xx_answer_is_not()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app.MapGet("/busy", () => Results.StatusCode(503)));

        var (_, busy, _) = await host.SendAsync(HttpMethod.Get, "/busy");
        var (_, missing, _) = await host.SendAsync(HttpMethod.Get, "/nowhere");

        var span = await ServerSpanAsync(receiver, busy);
        Assert.Equal((OtlpStatus.Error, "503"), (span.Status, span["error.type"]));
        span = await ServerSpanAsync(receiver, missing);
        Assert.Equal((OtlpStatus.Unset, null, "GET"), (span.Status, span["error.type"], span.Name));
        Assert.Equal(404L, span.Attributes["http.response.status_code"]);
    }

    [Fact]
    public async Task An_oversized_body_is_the_callers_error()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver),
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 10),
            app => app.MapPost("/body", async (HttpRequest request) => await new StreamReader(request.Body).ReadToEndAsync()));

        var (response, traceId, _) = await host.SendAsync(HttpMethod.Post, "/body", change: r => r.Content = new StringContent(new string('x', 100)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal(413L, span.Attributes["http.response.status_code"]);
        Assert.Equal(OtlpStatus.Unset, span.Status);
    }

    [Theory]
    [InlineData("/hooks/s3cr3t?key=s3cr3t")]
    [InlineData("/hooks/s3cr3t?fail=true")]
    public async Task A_path_that_holds_a_secret_is_replaced_by_its_route(string address)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app
            .MapPost("hooks/{token}", string (bool fail = false) => fail ? throw new FormatException("failed") : "ok")
            .WithMetadata(new PathHoldsSecret()));

        var (_, traceId, _) = await host.SendAsync(HttpMethod.Post, address);

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal(("POST /hooks/{token}", "/hooks/{token}", "/hooks/{token}"), (span.Name, span["http.route"], span["url.path"]));
        Assert.DoesNotContain(span.Attributes, a => a.Value is string text && text.Contains("s3cr3t"));
    }

    [Fact]
    public async Task A_long_user_agent_is_cut_and_a_strange_method_too()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver));

        var (_, traceId, _) = await host.SendAsync(new HttpMethod(new string('m', 100)), "/", change: r => r.Headers.TryAddWithoutValidation("User-Agent", new string('a', 1000)));

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal((new string('m', 32), new string('a', 256)), (span["http.request.method_original"], span["user_agent.original"]));
    }

    [Fact]
    public async Task What_the_application_puts_on_the_span_stays()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app.MapGet("/mine", () =>
        {
            Activity.Current!.SetTag("webhook.id", "7").SetStatus(ActivityStatusCode.Error, "said so");
        }));

        var (_, traceId, _) = await host.SendAsync(HttpMethod.Get, "/mine");

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal(("7", OtlpStatus.Error, "said so"), (span["webhook.id"], span.Status, span.StatusMessage));
    }

    [Fact]
    public async Task An_unknown_method_does_not_reach_the_spans_name()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver));

        var (_, traceId, _) = await host.SendAsync(new HttpMethod("BREW"), "/");

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal(("HTTP", "_OTHER", "BREW"), (span.Name, span["http.request.method"], span["http.request.method_original"]));
    }

    [Fact]
    public async Task A_client_that_goes_away_is_no_error_of_the_server()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var entered = new TaskCompletionSource();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app.MapGet("/slow", async (CancellationToken aborted) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, aborted);
        }));
        using var leave = new CancellationTokenSource();
        var traceId = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/slow") { Headers = { { "traceparent", $"00-{traceId}-00f067aa0ba902b7-01" } } };
        var sending = host.Client.SendAsync(request, leave.Token);
        await entered.Task;
        leave.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);

        var span = await ServerSpanAsync(receiver, traceId);
        Assert.Equal((OtlpStatus.Unset, "client_closed_request"), (span.Status, span["error.type"]));
        Assert.DoesNotContain(span.Events, e => e.Name == "exception");
    }

    [Fact]
    public async Task Calls_to_other_services_and_logs_belong_to_the_requests_trace()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        string? carried = null;
        await using var other = await TestHost.StartAsync(map: app => app.MapGet("/leaf", (HttpRequest request) =>
        {
            carried = string.Join(", ", request.Headers.Where(h => h.Key is "traceparent" or "tracestate" or "baggage" or "Correlation-Context"));
            return "leaf";
        }));
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app.MapGet("/root", async (IHttpClientFactory clients, ILogger<ServerSpanTests> log) =>
        {
            using var scope = log.BeginScope(new Dictionary<string, object> { ["tenant"] = "acme" });
            log.LogInformation("Calling {Service}", "leaf");
            return await clients.CreateClient().GetStringAsync(other.Client.BaseAddress + "leaf?key=secret");
        }));

        var (response, traceId, _) = await host.SendAsync(HttpMethod.Get, "/root");
        Assert.Equal("leaf", await response.Content.ReadAsStringAsync());

        var root = (await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Name == "GET /root"))[0];
        var client = (await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Kind == OtlpSpanKind.Client))[0];
        var leaf = (await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Name == "GET /leaf"))[0];
        Assert.Equal(root.SpanId, client.ParentSpanId);
        Assert.Equal(client.SpanId, leaf.ParentSpanId);
        Assert.Equal($"[traceparent, 00-{traceId}-{client.SpanId}-01]", carried);
        Assert.Equal(("GET", "GET"), (client["http.request.method"], client["http.method"]));
        Assert.Equal(3, receiver.Spans.Count(s => s.TraceId == traceId));
        Assert.Equal(("GET", OtlpStatus.Unset, $"{other.Client.BaseAddress}leaf?*"), (client.Name, client.Status, client["url.full"]));
        Assert.Equal(
            [
                "http.method", "http.request.method", "http.response.status_code", "network.protocol.version",
                "server.address", "server.port", "url.full",
            ],
            client.Attributes.Keys.Order(StringComparer.Ordinal));
        var log = (await receiver.WaitForLogsAsync(l => l.TraceId == traceId && l.Category.Contains(nameof(ServerSpanTests))))[0];
        Assert.Equal(("Calling leaf", "Information", root.SpanId), (log.Body, log.Severity, log.SpanId));
        Assert.Equal(("leaf", "acme"), (log.Attributes["Service"], log.Attributes["tenant"]));
        Assert.Equal(root.ServiceName, log.Resource["service.name"]);
        Assert.DoesNotContain(log.Attributes.Keys, key => key.StartsWith("duplicate:"));
    }

    [Fact]
    public async Task Probes_leave_no_spans_and_neither_does_what_they_call()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        TestHost? host = null;
        await using var started = host = await TestHost.StartAsync(
            // The sampler that looks at no parent: a probe's children must not be traced even then.
            new(TestHost.SettingsFor(receiver)) { ["OTEL_TRACES_SAMPLER"] = "always_on" },
            builder => builder.Services.AddHealthChecks().AddCheck("nested", () =>
            {
                using var span = host!.Source.StartActivity("inside a probe");
                return Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Healthy();
            }, ["live", "ready"]),
            app => app.MapGet("/after", () => "ok"));

        foreach (var path in new[] { "/health", "/alive", "/ready", "/Health" })
            Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, path)).Response.StatusCode);
        var (_, after, _) = await host.SendAsync(HttpMethod.Get, "/after");

        await ServerSpanAsync(receiver, after);
        Assert.DoesNotContain(receiver.Spans, s => s.ServiceName == host.Name.ToLowerInvariant().Replace('.', '-') && (s.Name.Contains("health", StringComparison.OrdinalIgnoreCase) || s.Name == "inside a probe"));
    }

    static async Task<OtlpSpan> ServerSpanAsync(OtlpReceiver receiver, string traceId) =>
        (await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Kind == OtlpSpanKind.Server))[0];

    static void AssertFailed(OtlpSpan span)
    {
        Assert.Equal("POST /boom", span.Name);
        Assert.Equal(OtlpStatus.Error, span.Status);
        Assert.Equal("System.FormatException", span["error.type"]);
        Assert.Equal("/boom", span["url.path"]);
        Assert.Equal(500L, span.Attributes["http.response.status_code"]);
        var thrown = Assert.Single(span.Events, e => e.Name == "exception");
        Assert.Equal("boom", thrown.Attributes["exception.message"]);
    }
}
