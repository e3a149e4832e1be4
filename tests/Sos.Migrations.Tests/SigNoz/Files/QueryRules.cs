using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>What SigNoz's code asks of queries beyond its API description (pkg/types/querybuildertypes/querybuildertypesv5/validation.go).</summary>
internal static partial class QueryRules
{
    /// <summary>Prefixes that SigNoz would take for the place where a key is to be found, and not for part of its name.</summary>
    private static readonly string[] Contexts = ["span.", "event.", "trace.", "log.", "body.", "metric.", "resource.", "scope.", "attribute.", "tag."];

    public static void Check(IReadOnlyList<DashboardQuery> queries, bool isRaw)
    {
        Assert.Equal(queries.Count, queries.Select(query => query.Name).Distinct().Count());
        Assert.Contains(queries, query => !query.IsDisabled);
        foreach (var query in queries)
        {
            if (query.Type == "builder_formula")
            {
                Assert.Empty(Reference().Matches((string)query.Spec["expression"]!).Select(match => match.Value).Except(queries.Select(each => each.Name)));
                continue;
            }
            Assert.Equal("builder_query", query.Type);
            Assert.Contains(query.Signal, (string[])["traces", "metrics"]);
            Assert.Equal(isRaw, !query.Aggregations.Any());
            Assert.True((int?)query.Spec["limit"] is null or (> 0 and <= 10_000));
            Assert.DoesNotContain(query.Aggregations, aggregation => ((string?)aggregation["expression"])?.Contains(" as ", StringComparison.OrdinalIgnoreCase) is true);
            var aliases = query.Aggregations.Select(aggregation => (string?)aggregation["alias"]).OfType<string>().ToList();
            Assert.Equal(aliases.Count, aliases.Distinct().Count());
            foreach (var order in (query.Spec["order"] as JsonArray ?? []).Select(each => each!))
            {
                var key = (string)order["key"]!["name"]!;
                Assert.True(isRaw || query.GroupBy.Contains(key) || aliases.Contains(key) || query.Aggregations.Any(aggregation => (string?)aggregation["expression"] == key), $"{query.Where} is ordered by {key}, which it has not");
            }
            // What can't be told apart from a context is not used at all.
            Assert.DoesNotContain(QueryNames.Attributes(query), name => Contexts.Any(context => name.StartsWith(context, StringComparison.Ordinal)));
            Assert.Empty(Placeholder().Matches((string?)query.Spec["legend"] ?? "").Select(match => match.Groups[1].Value).Except(query.GroupBy));
        }
    }

    [GeneratedRegex(@"[A-Za-z]\w*")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\{\{([^}]+)\}\}")]
    private static partial Regex Placeholder();
}
