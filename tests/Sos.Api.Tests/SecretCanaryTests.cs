using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sos.Api.Tests.Support;
using Sos.Executors.Nodes;
using Sos.Testing.Otlp;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests;

/// <summary>Plants secrets, has everything repeat them, and looks for them wherever something leaves the product.</summary>
public sealed class SecretCanaryTests
{
    // With characters that JSON, URLs and forms write in other ways.
    private const string Canary = "canary/5ecret+\"7hing\\1";

    private static readonly string[] Traces = [Canary, "5ecret", "7hing", Convert.ToHexString(Encoding.UTF8.GetBytes("5ecret")), .. InBase64("5ecret+\"7hing")];

    [Fact]
    public async Task No_exit_lets_a_secret_out()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var echo = await EchoAsync();
        await using var host = await ApiHost.StartAsync(executes: true, builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["OTEL_ENABLED"] = "true",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.HttpEndpoint,
                ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "50",
                ["Sos:Outbound:Allow:1"] = "127.0.0.1",
            });
            builder.Services.AddSingleton<NodeExecutor, LeakingNode>();
            builder.Services.AddSingleton(new NodeCatalog([.. BuiltInNodes.Types, LeakingNode.Describe]));
        });
        var client = await host.NewWorkspaceAsync();
        await SaveCredentialsAsync(client, Address(echo));
        await client.SaveAsync("""{ "name": "child", "nodes": [ { "id": "n", "type": "transform", "config": { "value": "{{ input }}" } } ], "output": "{{ steps.n }}" }""");

        var answers = new List<string>();
        foreach (var node in Nodes(Address(echo)))
        {
            var workflow = await client.SaveAsync($$"""{ "name": "w{{answers.Count}}", "nodes": [ {{node}} ], "output": "{{"{{ steps.n }}"}}" }""");
            var run = await client.RunAsync(workflow);
            answers.Add(run.GetRawText());
            var steps = await StepsAsync(client, run);
            answers.Add(steps);
            // The secret came that far; of an exception that nobody foresaw nothing is told.
            Assert.True(steps.Contains("***", StringComparison.Ordinal) || steps.Contains("node_error", StringComparison.Ordinal), steps);
            answers.Add((await client.GetAsync($"/traces/{run.GetProperty("traceId").GetString()}")).Expect(HttpStatusCode.OK).Text);
            answers.Add(await StreamAsync(client, run));
        }
        answers.Add((await client.GetAsync("/credentials")).Expect(HttpStatusCode.OK).Text);
        answers.Add((await client.GetAsync("/errors")).Expect(HttpStatusCode.OK).Text);
        Assert.All(answers, AssertClean);

        await foreach (var (table, row) in EveryRow.OfAsync(host.Database.DataSource))
            Assert.False(Traces.Any(t => row.Contains(t, StringComparison.OrdinalIgnoreCase)), $"{table}: {row}");

        await receiver.WaitForSpansAsync(s => s.Name == "workflow.execute", count: answers.Count / 4);
        await receiver.WaitForLogsAsync(l => l.Category == "Leaking", count: 5);
        Assert.Contains(receiver.Spans, s => s.Name == "leak ***");
        Assert.Contains(receiver.Logs, l => l.Body == "Logged ***");
        foreach (var span in receiver.Spans)
            AssertClean($"{span} {span.StatusMessage} {JsonSerializer.Serialize(span.Attributes)} {JsonSerializer.Serialize(span.Events)}");
        foreach (var log in receiver.Logs)
            AssertClean($"{log} {JsonSerializer.Serialize(log.Attributes)}");
    }

    private static IEnumerable<string> Nodes(string echo)
    {
        foreach (var how in (string[])["output", "error", "wait", "call", "throw"])
            yield return $$"""{ "id": "n", "type": "leaking", "config": { "how": "{{how}}" } }""";
        yield return """{ "id": "n", "type": "leaking", "config": { "how": "calls", "workflow": "child" } }""";
        foreach (var credential in (string[])["in-header", "in-query", "basic", "oauth"])
        {
            foreach (var path in (string[])["ok", "fail", "json"])
                yield return $$"""{ "id": "n", "type": "http", "config": { "url": "{{echo}}/{{path}}", "credential": "{{credential}}" } }""";
        }
    }

    private static async Task SaveCredentialsAsync(ApiClient client, string echo)
    {
        // What goes into a header has only characters that may stand there.
        var secret = JsonSerializer.Serialize(Canary);
        string[] credentials =
        [
            $$"""{"name": "canary", "type": "bearer", "secrets": {"token": {{secret}}}, "allowedHosts": ["api.example.com"]}""",
            $$"""{"name": "in-header", "type": "apiKey", "settings": {"name": "X-Odd"}, "secrets": {"value": {{secret}}}, "allowedHosts": ["{{echo}}"]}""",
            $$"""{"name": "in-query", "type": "apiKey", "settings": {"name": "odd", "in": "query"}, "secrets": {"value": {{secret}}}, "allowedHosts": ["{{echo}}"]}""",
            $$"""{"name": "basic", "type": "basic", "settings": {"username": "ann"}, "secrets": {"password": {{secret}}}, "allowedHosts": ["{{echo}}"]}""",
            $$"""{"name": "oauth", "type": "oauth2", "settings": {"tokenUrl": "{{echo}}/token", "clientId": "sos"}, "secrets": {"clientSecret": {{secret}}}, "allowedHosts": ["{{echo}}"]}""",
        ];
        foreach (var credential in credentials)
            AssertClean((await client.PostAsync("/credentials", credential)).Expect(HttpStatusCode.Created).Text);
    }

    private static async Task<string> StepsAsync(ApiClient client, JsonElement run) =>
        (await client.GetAsync($"/executions/{run.GetProperty("id").GetString()}/steps")).Expect(HttpStatusCode.OK).Text;

    private static async Task<string> StreamAsync(ApiClient client, JsonElement run)
    {
        await using var stream = await SseReader.OpenAsync(client, $"/executions/{run.GetProperty("id").GetString()}/events");
        var all = new StringBuilder();
        SseEvent e;
        do
        {
            e = await stream.NextAsync();
            all.Append(e.Type).Append(e.Data.GetRawText());
        }
        while (e.Type != "end");
        return all.ToString();
    }

    private static void AssertClean(string text) =>
        Assert.False(Traces.Any(t => text.Contains(t, StringComparison.Ordinal)), text);

    // Without the characters that depend on what goes before and behind.
    private static IEnumerable<string> InBase64(string text) =>
        Enumerable.Range(0, 3).Select(before => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', before) + text))[4..14]);

    /// <summary>A service that repeats all it is told: as text, as JSON, in headers, as an error, and as the tokens that it gives.</summary>
    private static async Task<WebApplication> EchoAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path == "/token")
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"access_token": "token-5ecret-7hing", "refresh_token": "refresh-5ecret-7hing"}""");
                return;
            }
            var heard = $"{string.Join('\n', context.Request.Headers.Select(h => $"{h.Key}: {h.Value}"))} {context.Request.QueryString} {context.Request.Query["odd"]}";
            context.Response.StatusCode = context.Request.Path == "/fail" ? 500 : 200;
            context.Response.Headers["X-Heard"] = $"{context.Request.Headers["X-Odd"]} {context.Request.Headers.Authorization} {context.Request.QueryString}";
            var isJson = context.Request.Path == "/json";
            context.Response.ContentType = isJson ? "application/json" : "text/plain";
            await context.Response.WriteAsync(isJson ? JsonSerializer.Serialize(new Dictionary<string, string> { [heard] = heard }) : heard);
        });
        await app.StartAsync();
        return app;
    }

    private static string Address(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
}
