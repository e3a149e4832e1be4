using Sos.Api.Pages.Costs;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Costs;

public sealed class CostViewTests
{
    private static readonly DateOnly Day = new(2026, 11, 21);

    private static readonly CostReport Report = new(
        [new(Day, 1, Sum(2, 0.5m)), new(Day.AddDays(1), 1, Sum(1, 0.25m)), new(Day.AddDays(1), 2, Sum(4, 0, unpriced: 4))],
        [new("openai gpt 5", null, null, Sum(3, 0.75m)), new("local secret", null, null, Sum(4, 0, unpriced: 4))]);

    [Fact]
    public void The_chart_has_a_column_for_each_day_and_a_series_for_each_group()
    {
        var view = new CostView(Report, Query());
        Assert.Equal(["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"], view.Columns.Select(c => c.Text));
        Assert.Equal(["gpt 5 · openai", "secret · local"], view.Series.Select(s => s.Name));
        Assert.Equal([0, 0, 0, 0, 0, 0.5, 0.25], view.Series[0].Values);
        Assert.Equal(Sum(7, 0.75m, unpriced: 4), view.Total);
    }

    [Fact]
    public void Unknown_costs_are_unknown_and_not_nothing()
    {
        var view = new CostView(Report, Query());
        Assert.Equal(["$0.75", "unknown"], view.Lines.Select(l => l.Cost));
        Assert.Equal("$0.75 + unknown", CostLine.Text(view.Total));
        Assert.Equal("$0", CostLine.Text(Sum(1, 0)));
    }

    [Fact]
    public void By_day_the_table_has_the_days_the_latest_first()
    {
        var view = new CostView(Report, Query(by: "day"));
        Assert.Equal([("2026-11-22", 5L), ("2026-11-21", 2L)], view.Lines.Select(l => (l.Name, l.Sum.Calls)));
    }

    [Fact]
    public void The_table_is_sorted_by_any_column()
    {
        Assert.Equal(["secret", "gpt 5"], new CostView(Report, Query(sort: "calls")).Lines.Select(l => l.Name));
        Assert.Equal(["gpt 5", "secret"], new CostView(Report, Query(sort: "name", direction: "asc")).Lines.Select(l => l.Name));
    }

    [Fact]
    public void A_share_is_one_of_what_the_chart_counts()
    {
        var view = new CostView(Report, Query());
        Assert.Equal((1, 0), (view.Share(view.Lines[0], CostMeasure.Cost), view.Share(view.Lines[1], CostMeasure.Cost)));
        Assert.Equal(3.0 / 7, view.Share(view.Lines[0], CostMeasure.Calls));
        Assert.Equal(0, new CostView(new CostReport([], []), Query()).Share(view.Lines[0], CostMeasure.Cost));
    }

    private static CostQuery Query(string? by = null, string? sort = null, string? direction = null) =>
        CostQuery.Read("7d", null, null, by, null, sort, direction, new DateTimeOffset(2026, 11, 22, 1, 0, 0, TimeSpan.Zero));

    private static CostSum Sum(long calls, decimal cost, long unpriced = 0) => new(calls, 10 * calls, calls, cost, unpriced);
}
