using Sos.Api.Pages.Costs;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Costs;

public sealed class CostQueryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 23, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("today", "2026-11-22", 1)]
    [InlineData("7d", "2026-11-16", 7)]
    [InlineData("month", "2026-11-01", 22)]
    [InlineData("nonsense", "2026-10-24", 30)]
    [InlineData(null, "2026-10-24", 30)]
    public void A_period_ends_today(string? period, string from, int days)
    {
        var query = Read(period: period);
        Assert.Equal((from, days, "2026-11-22"), (CostQuery.Text(query.From), query.Days, CostQuery.Text(query.To)));
    }

    [Theory]
    [InlineData("2026-01-05", "2026-01-07", 3)]
    [InlineData("2020-01-01", "2026-01-07", CostQuery.MaxDays)]
    [InlineData("2026-01-07", "2026-01-05", 30)]
    [InlineData("x", "2026-01-05", 30)]
    [InlineData("9999-12-30", "9999-12-31", 30)]
    public void Days_of_ones_own_are_bounded(string from, string to, int days) => Assert.Equal(days, Read("custom", from, to).Days);

    [Fact]
    public void An_address_says_what_is_shown()
    {
        var query = CostQuery.Read("custom", "2026-01-05", "2026-01-07", "node", "tokens", "calls", "asc", Now);
        Assert.Equal("/costs?period=custom&by=node&show=tokens&from=2026-01-05&to=2026-01-07&sort=calls&dir=asc", query.Address());
        Assert.Equal("/costs.csv?period=7d&by=node&show=tokens&sort=calls&dir=asc", query.Address("/costs.csv", period: "7d"));
    }

    [Fact]
    public void The_same_column_again_turns_the_order_round()
    {
        Assert.EndsWith("sort=cost&dir=asc", Read().Address(sort: CostColumn.Cost), StringComparison.Ordinal);
        Assert.EndsWith("sort=name&dir=asc", Read().Address(sort: CostColumn.Name), StringComparison.Ordinal);
        Assert.EndsWith("sort=calls&dir=desc", Read().Address(sort: CostColumn.Calls), StringComparison.Ordinal);
    }

    [Fact]
    public void Days_begin_with_the_latest() => Assert.Equal((CostColumn.Name, false), (Read(by: "day").Sort, Read(by: "day").Ascending));

    private static CostQuery Read(string? period = null, string? from = null, string? to = null, string? by = null) =>
        CostQuery.Read(period, from, to, by, null, null, null, Now);
}
