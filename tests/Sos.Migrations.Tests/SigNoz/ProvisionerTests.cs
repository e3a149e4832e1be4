using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;

namespace Sos.Migrations.Tests.SigNoz;

/// <summary>The provisioner against a server that holds each request against SigNoz's description of its API.</summary>
public sealed class ProvisionerTests
{
    private static readonly SigNozContent BuiltIn = SigNozContent.BuiltIn();
    private const string Webhook = "https://hooks.example.com/T0/Canary-5ecret";

    [Fact]
    public async Task The_first_run_creates_everything_and_the_channel_before_the_rules()
    {
        await using var server = await SigNozServer.StartAsync();
        var (report, output) = await ApplyAsync(server, webhook: Webhook);

        Assert.Equal((1 + BuiltIn.Dashboards.Count + BuiltIn.Rules.Count, 0, 0), Counts(report));
        Assert.Equal(BuiltIn.Dashboards.Select(dashboard => dashboard.Name), server.Dashboards.Select(dashboard => (string)dashboard["name"]!));
        Assert.Equal(BuiltIn.Rules.Select(rule => rule.Name), server.Rules.Select(rule => (string)rule["alert"]!));
        Assert.Equal("POST /api/v1/channels", server.Writes[0]);
        Assert.Equal(Webhook, (string?)JsonNode.Parse((string)server.Channels.Single()["data"]!)!["webhook_configs"]![0]!["url"]);
        Assert.Contains("dashboard  sos-workflows: created\n", output);
        Assert.DoesNotContain("Canary", output);
    }

    [Fact]
    public async Task A_second_run_sends_nothing()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server, webhook: Webhook);
        var before = server.Writes.Count;

        var (report, output) = await ApplyAsync(server, webhook: Webhook);

        Assert.Equal((0, 0, 1 + BuiltIn.Dashboards.Count + BuiltIn.Rules.Count), Counts(report));
        Assert.Equal(before, server.Writes.Count);
        Assert.Equal("", output);
    }

    [Fact]
    public async Task What_somebody_changed_is_put_back_and_the_difference_told()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server, webhook: Webhook);
        server.Dashboards[0]["spec"]!["display"]!["name"] = "Mine";
        server.Rules[0]["condition"]!["thresholds"]!["spec"]!.AsArray().Single(threshold => (string?)threshold!["name"] == "warning")!["target"] = 1234;
        var (dashboard, rule) = ((string)server.Dashboards[0]["id"]!, (string)server.Rules[0]["id"]!);
        var before = server.Writes.Count;

        var (report, output) = await ApplyAsync(server, webhook: Webhook);

        Assert.Equal([$"PUT /api/v2/dashboards/{dashboard}", $"PUT /api/v2/rules/{rule}"], server.Writes.Skip(before));
        Assert.Equal(2, report.Changed);
        Assert.Contains($"    spec.display.name: \"Mine\" -> {BuiltIn.Dashboards[0].Body["spec"]!["display"]!["name"]!.ToJsonString()}\n", output);
        Assert.Contains("    condition.thresholds.spec[warning].target: 1234 -> 80\n", output);
        Assert.Equal(0, (await ApplyAsync(server, webhook: Webhook)).Report.Changed);
    }

    [Fact]
    public async Task What_is_taken_out_of_a_file_is_taken_out_of_SigNoz_although_servers_add_things()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server);
        var file = BuiltIn.Dashboards[0];
        var changed = (JsonObject)file.Body.DeepClone();
        Assert.True(changed["spec"]!.AsObject().Remove("refreshInterval"));

        var (report, output) = await ApplyAsync(server, content: BuiltIn with { Dashboards = [file with { Body = changed }] });

        Assert.Equal(1, report.Changed);
        Assert.Matches(@"    tags\[2\]\.value: ""[0-9a-f]{12}"" -> ""[0-9a-f]{12}""\n", output);
    }

    [Fact]
    public async Task A_changed_webhook_is_told_without_its_address()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server, webhook: "https://hooks.example.com/old/Canary");

        var (report, output) = await ApplyAsync(server, webhook: Webhook);

        Assert.Equal(1, report.Changed);
        Assert.Equal("channel    sos: changed\n    webhook_configs[0].url: changed\n", output);
        Assert.Contains(Webhook, (string)server.Channels.Single()["data"]!);
    }

    [Fact]
    public async Task Without_a_channel_alerts_follow_the_routing_policies()
    {
        await using var server = await SigNozServer.StartAsync();
        var (_, output) = await ApplyAsync(server);

        Assert.StartsWith("No channel: alerts follow SigNoz's routing policies.", output);
        Assert.All(server.Rules, rule =>
        {
            Assert.True((bool)rule["notificationSettings"]!["usePolicy"]!);
            Assert.All(rule["condition"]!["thresholds"]!["spec"]!.AsArray(), threshold => Assert.Empty(threshold!["channels"]!.AsArray()));
        });
        Assert.Equal(0, (await ApplyAsync(server)).Report.Changed);
    }

    [Fact]
    public async Task A_channel_of_any_kind_that_somebody_made_is_used_as_it_is()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Channels.Add(new JsonObject { ["id"] = "c", ["name"] = "on-call", ["type"] = "slack", ["data"] = "{}", ["orgId"] = "org" });

        await ApplyAsync(server, channel: "on-call");

        Assert.DoesNotContain(server.Writes, write => write.Contains("channels"));
        Assert.All(server.Rules, rule => Assert.Equal("on-call", (string?)rule["condition"]!["thresholds"]!["spec"]![0]!["channels"]!.AsArray().Single()));
    }

    [Theory]
    [InlineData("on-call", null, "There is no channel 'on-call' in SigNoz.")]
    [InlineData("slack", Webhook, "The channel 'slack' exists and is no webhook.")]
    public async Task A_channel_that_can_not_be_used_stops_it_before_anything_is_written(string channel, string? webhook, string message)
    {
        await using var server = await SigNozServer.StartAsync();
        server.Channels.Add(new JsonObject { ["id"] = "c", ["name"] = "slack", ["type"] = "slack", ["data"] = "{}", ["orgId"] = "org" });

        var error = await Assert.ThrowsAsync<SigNozException>(() => ApplyAsync(server, channel: channel, webhook: webhook));

        Assert.StartsWith(message, error.Message);
        Assert.Empty(server.Writes);
    }

    [Fact]
    public async Task What_others_made_is_not_touched_and_the_rest_is_applied()
    {
        await using var server = await SigNozServer.StartAsync();
        var (dashboard, rule) = ((JsonObject)BuiltIn.Dashboards[0].Body.DeepClone(), (JsonObject)BuiltIn.Rules[0].Body.DeepClone());
        (dashboard["id"], dashboard["orgId"], dashboard["locked"], dashboard["source"]) = ("theirs", "org", false, "user");
        (rule["id"], rule["state"]) = ("theirs", "inactive");
        server.Dashboards.Add(dashboard);
        server.Rules.Add(rule);
        var before = (dashboard.ToJsonString(), rule.ToJsonString());

        var (report, _) = await ApplyAsync(server);

        Assert.Equal(
            [
                $"dashboard '{BuiltIn.Dashboards[0].Name}': The dashboard '{BuiltIn.Dashboards[0].Name}' exists and was not made by this command. Rename it, or let --adopt replace it.",
                $"rule '{BuiltIn.Rules[0].Name}': The rule '{BuiltIn.Rules[0].Name}' exists and was not made by this command. Rename it, or let --adopt replace it.",
            ], report.Problems);
        Assert.Equal(before, (server.Dashboards[0].ToJsonString(), server.Rules[0].ToJsonString()));
        Assert.Equal(BuiltIn.Dashboards.Count + BuiltIn.Rules.Count - 2, report.Created);

        var (adopted, _) = await ApplyAsync(server, adopt: true);
        Assert.Equal((0, 2), (adopted.Problems.Count, adopted.Changed));
        Assert.Equal(BuiltIn.Dashboards.Count, server.Dashboards.Count);
    }

    [Fact]
    public async Task Of_two_of_the_same_the_older_is_kept_up_to_date()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server);
        var second = (JsonObject)server.Dashboards[0].DeepClone();
        second["id"] = "id-9999";
        server.Dashboards.Add(second);
        server.Dashboards[0]["spec"]!["duration"] = "7d";

        var (report, output) = await ApplyAsync(server);

        Assert.Equal(1, report.Changed);
        Assert.Equal($"PUT /api/v2/dashboards/{server.Dashboards[0]["id"]}", server.Writes[^1]);
        Assert.Contains("exists 2 times", output);
    }

    [Fact]
    public async Task A_dry_run_tells_and_writes_nothing()
    {
        await using var server = await SigNozServer.StartAsync();
        var (fresh, output) = await ApplyAsync(server, webhook: Webhook, dryRun: true);
        Assert.Empty(server.Writes);
        Assert.Contains("channel    sos: to be created\n", output);

        await ApplyAsync(server, webhook: Webhook);
        server.Rules[0]["description"] = "theirs";
        var before = server.Writes.Count;
        var (second, changes) = await ApplyAsync(server, webhook: Webhook, dryRun: true);

        Assert.Equal(1 + BuiltIn.Dashboards.Count + BuiltIn.Rules.Count, fresh.Created);
        Assert.Equal((0, 1, BuiltIn.Dashboards.Count + BuiltIn.Rules.Count), Counts(second));
        Assert.Contains("    description: \"theirs\" -> ", changes);
        Assert.Equal(before, server.Writes.Count);
    }

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

    [Fact]
    public async Task Versions_that_list_rules_elsewhere_and_in_pages_work_as_well()
    {
        await using var server = await SigNozServer.StartAsync(listsRulesAtV3: true);
        await ApplyAsync(server);
        var before = server.Writes.Count;

        var (report, _) = await ApplyAsync(server);

        Assert.Equal(BuiltIn.Dashboards.Count + BuiltIn.Rules.Count, report.Unchanged);
        Assert.Equal(before, server.Writes.Count);
    }

    [Fact]
    public async Task Links_to_runbooks_lead_to_where_they_can_be_opened()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server, runbooks: "https://wiki.example.com/sos/operations");
        Assert.All(server.Rules, rule => Assert.StartsWith("https://wiki.example.com/sos/operations#alert-", (string?)rule["annotations"]!["runbook_url"]));
    }

    private static (int, int, int) Counts(ProvisionReport report) => (report.Created, report.Changed, report.Unchanged);

    private static async Task<(ProvisionReport Report, string Output)> ApplyAsync(
        SigNozServer server, SigNozContent? content = null, string? channel = null, string? webhook = null, string? runbooks = null, string? requestTimeout = null, bool dryRun = false, bool adopt = false)
    {
        var options = SigNozOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["SigNoz:Channel"] = channel, ["SigNoz:Webhook"] = webhook, ["SigNoz:Runbooks"] = runbooks, ["SigNoz:RequestTimeout"] = requestTimeout, ["SigNoz:RetryDelay"] = "00:00:00.001",
        }).Build(), server.Url);
        using var http = new SigNozHttp(options, TimeProvider.System);
        var output = new StringWriter { NewLine = "\n" };
        var report = await new SigNozProvisioner(new SigNozClient(http), new SigNozRetry(options, TimeProvider.System), options, output) { DryRun = dryRun, Adopt = adopt }
            .ApplyAsync(content ?? BuiltIn, CancellationToken.None);
        Assert.Equal("", string.Join("\n", server.Problems.Distinct()));
        return (report, output.ToString());
    }
}
