using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>Each alert rule keeps the rules that SigNoz has for them, and leads to a runbook that exists.</summary>
public sealed partial class AlertFileTests
{
    private static readonly SigNozContent BuiltIn = SigNozContent.BuiltIn();

    public static TheoryData<string> Files => [.. BuiltIn.Rules.Select(rule => rule.Name)];

    private static JsonObject Body(string name) => BuiltIn.Rules.Single(rule => rule.Name == name).Body;

    [Fact]
    public void There_is_one_for_each_thing_that_should_wake_somebody() => Assert.Equal(
        ["budget", "cost", "error-code", "failure-rate", "latency", "leases", "queue-wait", "silence", "webhooks"],
        BuiltIn.Rules.Select(rule => Path.GetFileNameWithoutExtension(rule.File)).Order());

    [Theory]
    [MemberData(nameof(Files))]
    public void It_is_what_the_API_takes(string name)
    {
        var body = Body(name);
        Assert.Empty(ApiDescription.Check("RuletypesPostableRule", SigNozStamp.Rule(body)));
        Assert.Equal(("v5", "v2alpha1", "threshold_rule"), ((string?)body["version"], (string?)body["schemaVersion"], (string?)body["ruleType"]));
        Assert.False((bool)body["disabled"]!);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Its_condition_is_whole(string name)
    {
        var (body, condition) = (Body(name), Body(name)["condition"]!);
        var queries = DashboardQuery.OfRule(name, body);
        QueryRules.Check(queries, isRaw: false);
        Assert.Equal("builder", (string?)condition["compositeQuery"]!["queryType"]);
        // Only what is asked about may be shown, or a rule would compare the parts of a formula as well.
        var selected = queries.Single(query => query.Name == (string?)condition["selectedQueryName"]);
        Assert.Equal([selected], queries.Where(query => !query.IsDisabled));
        Assert.All(queries.Where(query => query.Type == "builder_query"), query =>
        {
            Assert.DoesNotContain("$", query.Filter);
            Assert.Equal((string?)body["alertType"] == "TRACES_BASED_ALERT" ? "traces" : "metrics", query.Signal);
            Assert.DoesNotContain("service.name", query.Filter);
        });
        if ((bool)condition["requireMinPoints"]!)
            Assert.True((int)condition["requiredNumPoints"]! > 0);
        if ((bool)condition["alertOnAbsent"]!)
            Assert.True((int)condition["absentFor"]! > 0);
        var thresholds = condition["thresholds"]!["spec"]!.AsArray();
        Assert.InRange(thresholds.Count, 1, 2);
        Assert.Equal(thresholds.Count, thresholds.Select(threshold => (string?)threshold!["name"]).Distinct().Count());
        Assert.All(thresholds, threshold =>
        {
            Assert.Contains((string?)threshold!["name"], (string[])["warning", "critical"]);
            Assert.NotNull(threshold["target"]);
            Assert.Equal(["sos"], threshold["channels"]!.AsArray().Select(channel => (string?)channel));
        });
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Its_evaluation_and_notifications_are_whole(string name)
    {
        var body = Body(name);
        Assert.Equal("rolling", (string?)body["evaluation"]!["kind"]);
        var (window, frequency) = (Minutes(body["evaluation"]!["spec"]!["evalWindow"]), Minutes(body["evaluation"]!["spec"]!["frequency"]));
        Assert.True(frequency <= window);
        Assert.All(DashboardQuery.OfRule(name, body).Where(query => query.Type == "builder_query"), query => Assert.True((int)query.Spec["stepInterval"]! < window * 60));
        var notifications = body["notificationSettings"]!;
        Assert.False((bool)notifications["usePolicy"]!);
        Assert.True(Minutes(notifications["renotify"]!["interval"]) > 0);
        Assert.All(notifications["renotify"]!["alertStates"]!.AsArray(), state => Assert.Contains((string?)state, (string[])["firing", "nodata"]));
        Assert.All(DashboardQuery.OfRule(name, body).Where(query => query.Type == "builder_query"), query =>
            Assert.Equal(query.GroupBy, notifications["groupBy"]!.AsArray().Select(key => (string)key!)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Its_labels_and_texts_can_be_shown(string name)
    {
        var stamped = SigNozStamp.Rule(Body(name));
        var groups = stamped["notificationSettings"]!["groupBy"]!.AsArray().Select(key => (string)key!).Concat(["value", "threshold"]).ToHashSet();
        foreach (var (key, value) in stamped["labels"]!.AsObject().Concat(stamped["annotations"]!.AsObject()))
        {
            Assert.Matches("^[A-Za-z_.][A-Za-z0-9_.]*$", key);
            var text = (string)value!;
            Assert.All(Template().Matches(text), match => Assert.Contains(match.Groups[1].Value, groups));
            Assert.DoesNotContain("{{", Template().Replace(text, ""));
        }
        Assert.Contains((string?)stamped["labels"]!["severity"], (string[])["warning", "critical"]);
        Assert.All((string[])["summary", "description"], key => Assert.NotEmpty((string)stamped["annotations"]![key]!));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Its_runbook_is_a_heading_of_the_operations_page(string name)
    {
        var runbook = (string)Body(name)["annotations"]!["runbook_url"]!;
        Assert.StartsWith("docs/operations.md#", runbook);
        var anchors = File.ReadLines(Repository.Path("docs/operations.md")).Where(line => line.StartsWith('#'))
            .Select(line => NotInAnchors().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));
        Assert.Contains(runbook["docs/operations.md#".Length..], anchors);
    }

    private static int Minutes(JsonNode? duration)
    {
        var text = (string)duration!;
        return int.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture) * (text[^1] switch { 'm' => 1, 'h' => 60, _ => throw new FormatException(text) });
    }

    [GeneratedRegex(@"\{\{\$([\w.]+)\}\}")]
    private static partial Regex Template();

    // How GitHub makes an anchor of a heading.
    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
