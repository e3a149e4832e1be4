using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;
using static Sos.Migrations.Tests.SigNoz.Provisioning;

namespace Sos.Migrations.Tests.SigNoz;

/// <summary>The provisioner against a server that fails, refuses, is silent or is something else.</summary>
public sealed class ProvisionerFailureTests
{
    [Fact]
    public async Task A_failure_that_passes_is_met_by_trying_again()
    {
        await using var server = await SigNozServer.StartAsync();
        var failures = new Queue<int>([503, 500, 429]);
        server.Instead = context =>
        {
            if (!context.Request.Path.StartsWithSegments("/api/v2/dashboards") || !failures.TryDequeue(out var status))
                return Task.FromResult(false);
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };

        var (report, _) = await ApplyAsync(server);

        Assert.Equal(BuiltIn.Dashboards.Count + BuiltIn.Rules.Count, report.Created);
        Assert.Empty(failures);
    }

    [Fact]
    public async Task An_answer_that_got_lost_makes_nothing_twice()
    {
        await using var server = await SigNozServer.StartAsync();
        var isLost = false;
        server.Instead = async context =>
        {
            if (isLost || context.Request.Method != "POST")
                return false;
            // It is kept, and the connection breaks before the answer.
            isLost = true;
            var body = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
            (body["id"], body["orgId"], body["locked"], body["source"]) = ("kept", "org", false, "user");
            server.Dashboards.Add(body);
            context.Abort();
            return true;
        };

        var (report, _) = await ApplyAsync(server);

        Assert.True(isLost);
        Assert.Empty(report.Problems);
        Assert.Equal(BuiltIn.Dashboards.Count, server.Dashboards.Count);
    }

    [Fact]
    public async Task A_failure_that_stays_ends_it_with_what_SigNoz_says()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = async context =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsJsonAsync(SigNozServer.Error("no such table: rule"));
            return true;
        };

        var error = await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server));

        Assert.Equal($"GET {server.Url}api/v1/channels failed (500: no such table: rule).", error.Message);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_refused_item_is_told_and_the_rest_is_applied()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = async context =>
        {
            if (context.Request.Method != "POST" || !context.Request.Path.StartsWithSegments("/api/v2/dashboards") || server.Dashboards.Count != 1)
                return false;
            server.Dashboards.Add(new JsonObject { ["name"] = "placeholder" });
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(SigNozServer.Error($"bad {Webhook}"));
            return true;
        };

        var (report, _) = await ApplyAsync(server, webhook: Webhook);

        Assert.Equal([$"dashboard '{BuiltIn.Dashboards[1].Name}': POST {server.Url}api/v2/dashboards refused it (400: bad ***)."], report.Problems);
        Assert.Equal(BuiltIn.Rules.Count, server.Rules.Count);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = async context =>
        {
            var gone = new TaskCompletionSource();
            await using var _ = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return true;
        };

        var error = await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server, requestTimeout: "00:00:00.1").WaitAsync(Waiting.Limit));

        Assert.EndsWith("did not answer within 0.1 s.", error.Message);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task An_answer_without_end_is_given_up()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = async context =>
        {
            var piece = new byte[1 << 20];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(piece, context.RequestAborted).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };

        var error = await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server).WaitAsync(Waiting.Limit));

        Assert.EndsWith("answered with more than 16 MiB.", error.Message);
    }

    [Theory]
    [InlineData(401, "asks who is there (401). Set SigNoz__ApiKey")]
    [InlineData(403, "does not allow it (403). The key or the user needs the role admin")]
    [InlineData(302, "redirects (302), which is not followed.")]
    public async Task An_answer_that_will_not_change_ends_it_at_once(int status, string message)
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = server.Url + "elsewhere";
            return Task.FromResult(true);
        };

        var error = await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server));

        Assert.Contains(message, error.Message);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("/api/v1/channels", """{ "items": [] }""")]
    [InlineData("/api/v2/dashboards", """{ "items": [] }""")]
    [InlineData("/api/v3/rules", """{ "items": [], "total": 9 }""")]
    [InlineData("/api/v3/rules", """{ "rules": [] }""")]
    [InlineData("/api/v3/rules", """{ "rules": [], "total": 9 }""")]
    public async Task A_list_that_is_not_understood_is_not_taken_for_an_empty_one(string path, string data)
    {
        await using var server = await SigNozServer.StartAsync(listsRulesAtV3: true);
        server.Instead = async context =>
        {
            if (context.Request.Path != path)
                return false;
            await context.Response.WriteAsJsonAsync(new JsonObject { ["status"] = "success", ["data"] = JsonNode.Parse(data) });
            return true;
        };

        var error = await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server));

        Assert.Contains("has a shape that this version does not know", error.Message);
        Assert.DoesNotContain($"POST {path.Replace("v3", "v2")}", server.Writes);
    }

    [Fact]
    public async Task Something_that_is_not_SigNoz_is_told_from_it()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = async context =>
        {
            await context.Response.WriteAsync("<!doctype html>");
            return true;
        };

        Assert.Contains("did not answer with JSON, so this is not SigNoz's API", (await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server))).Message);
    }
}
