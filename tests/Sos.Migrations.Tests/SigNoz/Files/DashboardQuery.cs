using System.Text.Json.Nodes;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>The queries in a dashboard's panels and in an alert rule, in one shape.</summary>
/// <param name="Where">The file and the panel.</param>
/// <param name="Type"><c>builder_query</c> or <c>builder_formula</c>.</param>
/// <param name="Spec">The query.</param>
internal sealed record DashboardQuery(string Where, string Type, JsonObject Spec)
{
    public string Name => (string)Spec["name"]!;

    public string Signal => (string?)Spec["signal"] ?? "";

    public bool IsDisabled => (bool?)Spec["disabled"] ?? false;

    public string Filter => (string?)Spec["filter"]?["expression"] ?? "";

    public IEnumerable<JsonObject> Aggregations => Objects("aggregations");

    public IEnumerable<string> GroupBy => Objects("groupBy").Select(key => (string)key["name"]!);

    /// <summary>A panel's queries.</summary>
    public static IReadOnlyList<DashboardQuery> OfPanel(string where, JsonNode panel)
    {
        var plugin = panel["spec"]!["queries"]!.AsArray().Single()!["spec"]!["plugin"]!;
        return (string)plugin["kind"]! == "signoz/BuilderQuery"
            ? [new(where, "builder_query", plugin["spec"]!.AsObject())]
            : Of(where, plugin["spec"]!["queries"]!);
    }

    /// <summary>A rule's queries.</summary>
    public static IReadOnlyList<DashboardQuery> OfRule(string where, JsonNode rule) => Of(where, rule["condition"]!["compositeQuery"]!["queries"]!);

    private static IReadOnlyList<DashboardQuery> Of(string where, JsonNode queries) =>
        [.. queries.AsArray().Select(query => new DashboardQuery(where, (string)query!["type"]!, query["spec"]!.AsObject()))];

    private IEnumerable<JsonObject> Objects(string member) => (Spec[member] as JsonArray ?? []).Select(each => each!.AsObject());
}
