using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sos.Api.Tests.Support;
using Sos.Testing.Otlp;

namespace Sos.Api.Tests;

/// <summary>Signs in, renews, tests and fails, and looks for the client's secret, states, codes, verifiers and tokens wherever something leaves the product.</summary>
public sealed class SignInCanaryTests
{
    [Fact]
    public async Task Nothing_secret_of_a_sign_in_is_in_a_row_span_log_or_answer()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var logs = new EveryLog();
        await using var host = await SignInSetup.StartHostAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["OTEL_ENABLED"] = "true",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.HttpEndpoint,
                ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "50",
            });
            // As the program itself: frameworks speak up from warnings on.
            builder.Logging.SetMinimumLevel(LogLevel.Trace).AddFilter("Microsoft", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning).AddFilter("Npgsql", LogLevel.Warning);
            builder.Services.AddSingleton<ILoggerProvider>(logs);
        });
        await using var setup = await SignInSetup.StartAsync(host);
        var answers = new List<string>();
        var states = new List<string>();

        // One that fails with the code repeated, and one that goes well.
        setup.Server.Refusals.Enqueue((400, """{"error": "invalid_request", "error_description": "client/Canary+5ecret"}"""));
        for (var i = 0; i < 2; i++)
        {
            var back = await setup.VisitAsync(await setup.AuthorizeAsync());
            states.Add(back.Query["?state=".Length..back.Query.IndexOf('&', StringComparison.Ordinal)]);
            answers.Add((await setup.ReturnAsync(back)).Html);
        }
        Assert.Contains("Signed in", answers[1], StringComparison.Ordinal);
        setup.Server.Lifetime = 1;
        answers.Add((await setup.Client.PostAsync("/credentials/crm/test", $$"""{"testUrl": "{{setup.Server.Url}}/me"}""")).Expect(HttpStatusCode.OK).Text);
        answers.Add((await setup.AskAsync()).GetRawText());
        setup.Server.Revoke();
        answers.Add((await setup.AskAsync()).GetRawText());
        foreach (var path in (string[])["/credentials", "/credentials/crm", "/executions", "/errors", "/workflows"])
            answers.Add((await setup.Client.GetAsync(path)).Expect(HttpStatusCode.OK).Text);
        foreach (var execution in (await setup.Client.GetAsync("/executions")).Body.GetProperty("items").EnumerateArray())
        {
            answers.Add((await setup.Client.GetAsync($"/executions/{execution.GetProperty("id").GetString()}/steps")).Expect(HttpStatusCode.OK).Text);
            answers.Add((await setup.Client.GetAsync($"/traces/{execution.GetProperty("traceId").GetString()}")).Expect(HttpStatusCode.OK).Text);
        }

        string[] plain = [.. setup.Server.Secrets, .. states];
        string[] secrets = [.. plain.SelectMany(s => (string[])[s, Uri.EscapeDataString(s), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(s))]), "5ecret"];
        Assert.True(plain.Length >= 12, string.Join(' ', plain));
        Assert.All(answers, AssertClean);
        await foreach (var (table, row) in EveryRow.OfAsync(host.Database.DataSource))
            AssertClean($"{table}: {row}");
        await receiver.WaitForSpansAsync(s => s.Name == "node.execute.credentials", count: 3);
        await receiver.WaitForSpansAsync(s => s.Name == "GET /oauth2/callback", count: 2);
        foreach (var span in receiver.Spans)
            AssertClean($"{span} {span.StatusMessage} {JsonSerializer.Serialize(span.Attributes)} {JsonSerializer.Serialize(span.Events)}");
        foreach (var log in receiver.Logs)
            AssertClean($"{log} {JsonSerializer.Serialize(log.Attributes)}");
        Assert.All(logs.Lines, AssertClean);

        void AssertClean(string text) => Assert.False(secrets.Any(s => text.Contains(s, StringComparison.Ordinal)), text);
    }
}
