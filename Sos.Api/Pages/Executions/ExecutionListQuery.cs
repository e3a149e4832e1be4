using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>What a list of executions is narrowed down to, as its address says it.</summary>
internal sealed record ExecutionListQuery
{
    /// <summary>Periods that end now, by their name in the address.</summary>
    public static readonly (string Name, string Text, TimeSpan Length)[] Periods =
    [
        ("15m", "Last 15 minutes", TimeSpan.FromMinutes(15)), ("1h", "Last hour", TimeSpan.FromHours(1)), ("24h", "Last 24 hours", TimeSpan.FromDays(1)),
        ("7d", "Last 7 days", TimeSpan.FromDays(7)), ("30d", "Last 30 days", TimeSpan.FromDays(30)),
    ];

    public Guid? Workflow { get; init; }

    public IReadOnlyList<ExecutionStatus> Statuses { get; init; } = [];

    /// <summary>The name of a period that ends now.</summary>
    public string? Since { get; init; }

    /// <summary>The first day, in UTC.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day, in UTC.</summary>
    public DateOnly? To { get; init; }

    /// <summary>An execution's id, a trace id, or words.</summary>
    public string? Text { get; init; }

    public decimal? MinCost { get; init; }

    /// <summary>Whether it lets everything through.</summary>
    public bool IsEmpty => this with { Statuses = [] } == new ExecutionListQuery() with { Statuses = [] } && Statuses.Count == 0;

    /// <summary>Reads what an address says; what makes no sense is left out.</summary>
    public static ExecutionListQuery Read(string? workflow, string[]? statuses, string? since, string? from, string? to, string? text, string? cost) => new()
    {
        Workflow = Guid.TryParse(workflow, out var id) ? id : null,
        Statuses = [.. (statuses ?? []).SelectMany(s => s.Split(',')).Distinct().Where(s => StatusNames.TryParseExecutionStatus(s, out _)).Select(StatusNames.ToExecutionStatus)],
        Since = Periods.Any(p => p.Name == since) ? since : null,
        From = Day(from),
        To = Day(to),
        Text = text?.Trim() is { Length: > 0 and <= 200 } words ? words.Replace("\0", "", StringComparison.Ordinal) : null,
        MinCost = decimal.TryParse(cost, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd) && usd is > 0 and < 1_000_000_000 ? usd : null,
    };

    /// <summary>The address of the list.</summary>
    public string ToAddress()
    {
        var query = new QueryBuilder();
        if (Workflow is { } workflow)
            query.Add("workflow", workflow.ToString());
        foreach (var status in Statuses)
            query.Add("status", status.Name());
        if (Since is not null)
            query.Add("since", Since);
        if (From is { } from)
            query.Add("from", from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (To is { } to)
            query.Add("to", to.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (Text is not null)
            query.Add("q", Text);
        if (MinCost is { } cost)
            query.Add("cost", cost.ToString(CultureInfo.InvariantCulture));
        return "/executions" + query.ToQueryString();
    }

    /// <summary>What it asks the database for.</summary>
    public ExecutionFilter ToFilter(DateTimeOffset now, int limit)
    {
        var filter = new ExecutionFilter
        {
            WorkflowId = Workflow,
            Statuses = Statuses,
            MinCostUsd = MinCost,
            From = Since is { } since ? now - Periods.First(p => p.Name == since).Length : From is { } day ? Midnight(day) : null,
            To = To is { } last ? Midnight(last.AddDays(1)) : null,
            Limit = limit,
        };
        return Text switch
        {
            null => filter,
            { Length: 36 } id when Guid.TryParse(id, out var execution) => filter with { Ids = [execution] },
            { Length: 32 } trace when trace.All(char.IsAsciiHexDigit) => filter with { TraceId = trace.ToLowerInvariant() },
            var words => filter with { Text = words },
        };
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1999 and < 2999 ? day : null;
}
