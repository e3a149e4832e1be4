using Sos.Api.Pages.Charts;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Costs;

/// <summary>A cost report as the page shows it: a chart and a table.</summary>
internal sealed class CostView
{
    private const string Unnamed = "(none)";

    public CostView(CostReport report, CostQuery query)
    {
        var days = Enumerable.Range(0, query.Days).Select(query.From.AddDays).ToArray();
        Columns = [.. days.Select(d => new ChartColumn(CostQuery.Text(d)))];
        Series = [.. report.Cells.Select(c => c.Place).Distinct().Order().Select(place => new ChartSeries(
            Name(report, query.By, place), $"series-{(place - 1) % 8 + 1}", Values(report, days, query.From, place, query.Show))
        {
            Note = query.Show == CostMeasure.Cost ? CostLine.Text(report.Cells.Where(c => c.Place == place).Aggregate(CostSum.Zero, (sum, cell) => sum + cell.Sum)) : null,
        })];
        Total = report.Cells.Aggregate(CostSum.Zero, (sum, cell) => sum + cell.Sum);
        IEnumerable<CostLine> lines = query.By == CostGrouping.Day
            ? report.Cells.GroupBy(c => c.Day).Select(d => new CostLine(CostQuery.Text(d.Key), null, null, null, d.Aggregate(CostSum.Zero, (sum, cell) => sum + cell.Sum)))
            : report.Rows.Select(r => Line(r, query.By));
        Lines = [.. Sorted(lines, query.Sort, query.Ascending)];
        IsCut = query.By != CostGrouping.Day && report.Rows.Count >= CostReader.MaxGroups;
    }

    public IReadOnlyList<ChartColumn> Columns { get; }

    public IReadOnlyList<ChartSeries> Series { get; }

    public IReadOnlyList<CostLine> Lines { get; }

    public CostSum Total { get; }

    /// <summary>Whether there are more groups than are listed.</summary>
    public bool IsCut { get; }

    /// <summary>The share of a line in the whole, by what the chart counts; 0 where the whole is nothing.</summary>
    public double Share(CostLine line, CostMeasure measure) => Measure(Total, measure) is > 0 and var whole ? Measure(line.Sum, measure) / whole : 0;

    public static double Measure(CostSum sum, CostMeasure measure) => measure switch
    {
        CostMeasure.Cost => (double)sum.CostUsd,
        CostMeasure.Tokens => sum.InputTokens + sum.OutputTokens,
        _ => sum.Calls,
    };

    private static string Name(CostReport report, CostGrouping by, int place) =>
        by is CostGrouping.Day or CostGrouping.Workspace ? "all calls"
        : place > CostReader.MaxSeries ? "others"
        : Line(report.Rows[place - 1], by) is { Detail: { } detail } line ? $"{line.Name} · {detail}" : Line(report.Rows[place - 1], by).Name;

    private static double[] Values(CostReport report, DateOnly[] days, DateOnly from, int place, CostMeasure measure)
    {
        var values = new double[days.Length];
        foreach (var cell in report.Cells)
        {
            if (cell.Place == place && cell.Day.DayNumber - from.DayNumber is var column && column >= 0 && column < values.Length)
                values[column] += Measure(cell.Sum, measure);
        }
        return values;
    }

    private static CostLine Line(CostRow row, CostGrouping by) => by switch
    {
        CostGrouping.Workspace => new CostLine("This workspace", null, null, null, row.Sum),
        CostGrouping.Workflow => new CostLine(row.WorkflowName ?? Unnamed, null, row.WorkflowId, null, row.Sum),
        CostGrouping.Node => new CostLine(row.Key ?? Unnamed, row.WorkflowName, row.WorkflowId, row.Key, row.Sum),
        _ when row.Key?.Split(' ', 2) is [var provider, var model] => new CostLine(model, provider, null, null, row.Sum),
        _ => new CostLine(row.Key ?? Unnamed, null, null, null, row.Sum),
    };

    private static IEnumerable<CostLine> Sorted(IEnumerable<CostLine> lines, CostColumn by, bool ascending)
    {
        if (by == CostColumn.Name)
            return ascending ? lines.OrderBy(l => l.Name, StringComparer.OrdinalIgnoreCase) : lines.OrderByDescending(l => l.Name, StringComparer.OrdinalIgnoreCase);
        Func<CostLine, decimal> key = by switch
        {
            CostColumn.Calls => l => l.Sum.Calls,
            CostColumn.Input => l => l.Sum.InputTokens,
            CostColumn.Output => l => l.Sum.OutputTokens,
            CostColumn.Unpriced => l => l.Sum.UnpricedCalls,
            _ => l => l.Sum.CostUsd,
        };
        return ascending ? lines.OrderBy(key) : lines.OrderByDescending(key);
    }
}

/// <summary>A line of the table.</summary>
/// <param name="Name">The day, model, workflow, node or workspace.</param>
/// <param name="Detail">The model's provider, or the node's workflow.</param>
/// <param name="WorkflowId">The workflow behind it.</param>
/// <param name="NodeId">The node behind it.</param>
/// <param name="Sum">The sums.</param>
public sealed record CostLine(string Name, string? Detail, Guid? WorkflowId, string? NodeId, CostSum Sum)
{
    /// <summary>The cost in words: calls without a known price are none that cost nothing.</summary>
    public string Cost => Text(Sum);

    internal static string Text(CostSum sum) =>
        sum.Calls > 0 && sum.UnpricedCalls == sum.Calls ? "unknown" : Components.Format.Money(Dollars.Round(sum.CostUsd)) + (sum.UnpricedCalls > 0 ? " + unknown" : "");
}
