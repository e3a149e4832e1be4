using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>The names that queries use: of metrics, attributes and spans.</summary>
internal static partial class QueryNames
{
    /// <summary>SigNoz's own columns of a span.</summary>
    private static readonly HashSet<string> SpanColumns = ["name", "kind_string", "has_error", "status_message", "duration_nano", "trace_id", "timestamp"];

    private static readonly HashSet<string> Keywords = ["AND", "OR", "NOT", "IN", "EXISTS", "LIKE", "CONTAINS", "REGEXP", "true", "false"];

    /// <summary>The attributes that a query filters by, groups by, adds up or shows.</summary>
    public static IEnumerable<string> Attributes(DashboardQuery query)
    {
        var filtered = Identifier().Matches(Text().Replace(query.Filter, "''")).Select(match => match.Value).Where(word => !Keywords.Contains(word));
        var aggregated = query.Aggregations.Select(aggregation => (string?)aggregation["expression"]).OfType<string>().Select(expression => Argument().Match(expression).Groups[1].Value).Where(argument => argument.Length > 0);
        var shown = (query.Spec["selectFields"] as JsonArray ?? []).Select(field => (string)field!["name"]!);
        var names = filtered.Concat(query.GroupBy).Concat(aggregated).Concat(shown);
        return query.Signal == "traces" ? names.Where(name => !SpanColumns.Contains(name)) : names;
    }

    /// <summary>The metrics that a query reads.</summary>
    public static IEnumerable<string> Metrics(DashboardQuery query) => query.Aggregations.Select(aggregation => (string?)aggregation["metricName"]).OfType<string>();

    /// <summary>The names of spans that a query looks for; of patterns what stands before the <c>%</c>.</summary>
    public static IEnumerable<string> Spans(DashboardQuery query) => SpanName().Matches(query.Filter).Select(match => match.Groups[1].Value.TrimEnd('%'));

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Text();

    [GeneratedRegex(@"(?<![\w.$])[A-Za-z_][\w.]*")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^\w+\((.*)\)$")]
    private static partial Regex Argument();

    [GeneratedRegex(@"(?<![\w.])name (?:=|LIKE) '([^']*)'")]
    private static partial Regex SpanName();
}
