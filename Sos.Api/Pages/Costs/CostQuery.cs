using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Costs;

/// <summary>What the costs page shows; all of it is in its address, so that it can be sent to somebody.</summary>
internal sealed record CostQuery
{
    public static readonly IReadOnlyList<(string Value, string Text)> Periods =
        [("today", "Today"), ("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("month", "This month"), ("custom", "From … to …")];

    public static readonly IReadOnlyList<(CostMeasure Value, string Text)> Measures = [(CostMeasure.Cost, "Cost"), (CostMeasure.Tokens, "Tokens"), (CostMeasure.Calls, "Calls")];

    public static readonly IReadOnlyList<(CostGrouping Value, string Text)> Groupings =
    [
        (CostGrouping.Day, "Day"), (CostGrouping.Model, "Model"), (CostGrouping.Workflow, "Workflow"), (CostGrouping.Node, "Node"), (CostGrouping.Workspace, "Workspace"),
    ];

    /// <summary>The most days of a period.</summary>
    public const int MaxDays = 366;

    public string Period { get; private init; } = "30d";

    /// <summary>The first day, in UTC.</summary>
    public DateOnly From { get; private init; }

    /// <summary>The last day, in UTC.</summary>
    public DateOnly To { get; private init; }

    public CostGrouping By { get; private init; } = CostGrouping.Model;

    public CostMeasure Show { get; private init; } = CostMeasure.Cost;

    /// <summary>The table's column that it is sorted by.</summary>
    public CostColumn Sort { get; private init; } = CostColumn.Cost;

    public bool Ascending { get; private init; }

    public DateTimeOffset Start => new(From.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    public DateTimeOffset End => new(To.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>Reads an address's query; what it does not understand is as if it were left out.</summary>
    public static CostQuery Read(string? period, string? from, string? to, string? by, string? show, string? sort, string? direction, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var grouping = OneOf(by, CostGrouping.Model);
        var query = new CostQuery
        {
            By = grouping,
            Show = OneOf(show, CostMeasure.Cost),
            Sort = OneOf(sort, grouping == CostGrouping.Day ? CostColumn.Name : CostColumn.Cost),
            Ascending = direction == "asc",
        };
        if (period == "custom" && Day(from) is { } first && Day(to) is { } last && first <= last)
            return query with { Period = "custom", From = last.DayNumber - first.DayNumber < MaxDays ? first : last.AddDays(1 - MaxDays), To = last };
        return period switch
        {
            "today" => query with { Period = period, From = today, To = today },
            "7d" => query with { Period = period, From = today.AddDays(-6), To = today },
            "90d" => query with { Period = period, From = today.AddDays(-89), To = today },
            "month" => query with { Period = period, From = new DateOnly(today.Year, today.Month, 1), To = today },
            _ => query with { Period = "30d", From = today.AddDays(-29), To = today },
        };
    }

    /// <summary>The address of the page, or of its export, with something else.</summary>
    public string Address(string path = "/costs", string? period = null, CostGrouping? by = null, CostMeasure? show = null, CostColumn? sort = null)
    {
        var grouping = by ?? By;
        var query = new Dictionary<string, string?>
        {
            ["period"] = period ?? Period,
            ["by"] = Name(grouping),
            ["show"] = Name(show ?? Show),
        };
        if ((period ?? Period) == "custom")
            (query["from"], query["to"]) = (Text(From), Text(To));
        if (by is null || by == By)
        {
            query["sort"] = Name(sort ?? Sort);
            // The same column again turns the order round; names begin with the first, numbers with the most.
            query["dir"] = (sort is null ? Ascending : sort == Sort ? !Ascending : sort == CostColumn.Name && grouping != CostGrouping.Day) ? "asc" : "desc";
        }
        return QueryHelpers.AddQueryString(path, query);
    }

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static T OneOf<T>(string? text, T otherwise)
        where T : struct, Enum => Enum.GetValues<T>().Where(v => Name(v) == text).Select(v => (T?)v).FirstOrDefault() ?? otherwise;

    private static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 3000 ? day : null;
}

/// <summary>What the chart counts.</summary>
internal enum CostMeasure
{
    Cost,
    Tokens,
    Calls,
}

/// <summary>The table's columns.</summary>
internal enum CostColumn
{
    Name,
    Calls,
    Input,
    Output,
    Cost,
    Unpriced,
}
