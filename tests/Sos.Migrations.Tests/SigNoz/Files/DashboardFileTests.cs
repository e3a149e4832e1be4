using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>Each dashboard keeps the rules that SigNoz has for them: those of its API description, and those of its code.</summary>
public sealed partial class DashboardFileTests
{
    private static readonly SigNozContent BuiltIn = SigNozContent.BuiltIn();

    public static TheoryData<string> Files => [.. BuiltIn.Dashboards.Select(dashboard => dashboard.Name)];

    private static JsonObject Body(string name) => BuiltIn.Dashboards.Single(dashboard => dashboard.Name == name).Body;

    private static IEnumerable<(string Key, JsonObject Spec, IReadOnlyList<DashboardQuery> Queries)> Panels(string name) =>
        Body(name)["spec"]!["panels"]!.AsObject().Select(panel => (panel.Key, panel.Value!["spec"]!.AsObject(), DashboardQuery.OfPanel($"{name}/{panel.Key}", panel.Value!)));

    [Fact]
    public void There_are_dashboards_for_workflows_nodes_models_the_engine_and_the_services() =>
        Assert.Equal(["sos-ai", "sos-engine", "sos-nodes", "sos-services", "sos-workflows"], BuiltIn.Dashboards.Select(dashboard => dashboard.Name).Order());

    [Theory]
    [MemberData(nameof(Files))]
    public void It_is_what_the_API_takes_as_new_and_as_a_replacement(string name)
    {
        var stamped = SigNozStamp.Dashboard(Body(name));
        Assert.Empty(ApiDescription.Check("DashboardtypesPostableDashboardV2", stamped));
        Assert.Empty(ApiDescription.Check("DashboardtypesUpdatableDashboardV2", stamped));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Its_head_keeps_the_limits(string name)
    {
        var stamped = SigNozStamp.Dashboard(Body(name));
        Assert.Equal("v6", (string?)stamped["schemaVersion"]);
        Assert.Matches("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name);
        Assert.Equal("", (string?)stamped["image"]);
        var tags = stamped["tags"]!.AsArray();
        Assert.InRange(tags.Count, 1, 10);
        Assert.All(tags, tag =>
        {
            Assert.DoesNotContain((string)tag!["key"]!, (string[])["name", "description", "created_at", "updated_at", "created_by", "locked", "source"]);
            Assert.Matches("^[a-zA-Z$_@{#][a-zA-Z0-9$_@#{}:/-]*$", (string)tag["key"]!);
            Assert.Matches("^[a-zA-Z0-9$_@#{}:.+=/-]*$", (string)tag["value"]!);
        });
        var displays = Panels(name).Select(panel => panel.Spec["display"]!).Append(stamped["spec"]!["display"]!).ToList();
        Assert.All(displays, display => Assert.InRange(((string)display["name"]!).Length, 1, 128));
        Assert.Equal(displays.Count, displays.Select(display => (string)display["name"]!).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_panel_is_placed_once_and_no_two_share_a_cell(string name)
    {
        var placed = new List<string>();
        foreach (var layout in Body(name)["spec"]!["layouts"]!.AsArray())
        {
            Assert.Equal("Grid", (string?)layout!["kind"]);
            Assert.InRange(((string)layout["spec"]!["display"]!["title"]!).Length, 1, 256);
            var items = layout["spec"]!["items"]!.AsArray();
            Assert.InRange(items.Count, 1, 100);
            var cells = new HashSet<(int, int)>();
            foreach (var item in items)
            {
                int x = (int)item!["x"]!, y = (int)item["y"]!, width = (int)item["width"]!, height = (int)item["height"]!;
                Assert.True(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 12, $"{item} is outside the grid");
                for (var column = x; column < x + width; column++)
                {
                    for (var row = y; row < y + height; row++)
                        Assert.True(cells.Add((column, row)), $"{item["content"]!["$ref"]} overlaps another panel");
                }
                var reference = (string)item["content"]!["$ref"]!;
                Assert.StartsWith("#/spec/panels/", reference);
                placed.Add(reference["#/spec/panels/".Length..]);
            }
        }
        Assert.Equal(Body(name)["spec"]!["panels"]!.AsObject().Select(panel => panel.Key).Order(), placed.Order());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_query_is_filtered_by_the_variables_and_never_by_a_fixed_service(string name)
    {
        var variables = Body(name)["spec"]!["variables"]!.AsArray().ToDictionary(variable => (string)variable!["spec"]!["name"]!, variable => (string)variable!["spec"]!["plugin"]!["spec"]!["name"]!);
        Assert.Equal(new() { ["service_name"] = "service.name", ["environment"] = "deployment.environment" }, variables);
        foreach (var query in Panels(name).SelectMany(panel => panel.Queries).Where(query => query.Type == "builder_query"))
        {
            Assert.StartsWith("service.name IN $service_name AND deployment.environment IN $environment", query.Filter);
            Assert.Single(ServiceName().Matches(query.Filter));
            Assert.All(Variable().Matches(query.Filter), match => Assert.Contains(match.Groups[1].Value, variables.Keys));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_panel_asks_for_what_it_can_show(string name)
    {
        foreach (var (_, spec, queries) in Panels(name))
        {
            var panel = (string)spec["plugin"]!["kind"]!;
            var kind = (string)spec["queries"]!.AsArray().Single()!["kind"]!;
            Assert.Equal(panel switch
            {
                "signoz/TimeSeriesPanel" or "signoz/BarChartPanel" => "time_series",
                "signoz/NumberPanel" or "signoz/TablePanel" or "signoz/PieChartPanel" => "scalar",
                "signoz/ListPanel" => "raw",
                _ => "a panel that these dashboards do not use",
            }, kind);
            Assert.True(kind != "raw" || queries.Count == 1, "a list shows one query");
            Assert.Equal(kind == "raw", queries[0].Spec.ContainsKey("selectFields"));
            Assert.All(queries.Where(query => query.Signal == "metrics").SelectMany(query => query.Aggregations), aggregation =>
                Assert.Equal(kind == "scalar", aggregation.ContainsKey("reduceTo")));
            QueryRules.Check(queries, isRaw: kind == "raw");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_tables_units_are_those_of_columns_that_it_has(string name)
    {
        foreach (var (_, spec, queries) in Panels(name).Where(panel => (string)panel.Spec["plugin"]!["kind"]! == "signoz/TablePanel"))
        {
            var columns = queries.SelectMany(query => query.Aggregations.Count() > 1
                ? query.Aggregations.Select(aggregation => $"{query.Name}.{aggregation["expression"]}")
                : [query.Name]);
            Assert.Empty((spec["plugin"]!["spec"]!["formatting"]!["columnUnits"]?.AsObject() ?? []).Select(unit => unit.Key).Except(columns));
        }
    }

    [GeneratedRegex(@"service\.name")]
    private static partial Regex ServiceName();

    [GeneratedRegex(@"\$(\w+)")]
    private static partial Regex Variable();
}
