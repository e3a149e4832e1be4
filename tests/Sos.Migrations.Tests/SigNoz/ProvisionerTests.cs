using System.Text.Json.Nodes;
using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;
using static Sos.Migrations.Tests.SigNoz.Provisioning;

namespace Sos.Migrations.Tests.SigNoz;

/// <summary>The provisioner against a server that holds each request against SigNoz's description of its API.</summary>
public sealed class ProvisionerTests
{
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
    public async Task A_locked_dashboard_is_left_as_it_is_and_told()
    {
        await using var server = await SigNozServer.StartAsync();
        await ApplyAsync(server);
        server.Dashboards[0]["locked"] = true;
        Assert.Empty((await ApplyAsync(server)).Report.Problems); // it is up to date

        server.Dashboards[0]["spec"]!["duration"] = "7d";
        var before = server.Writes.Count;

        Assert.Equal([$"dashboard '{BuiltIn.Dashboards[0].Name}': The dashboard '{BuiltIn.Dashboards[0].Name}' is locked in SigNoz. Unlock it there, or it stays as it is."], (await ApplyAsync(server)).Report.Problems);
        Assert.Equal(before, server.Writes.Count);
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
}
