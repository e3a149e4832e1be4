using Sos.Api.Pages.Executions;
using Sos.Workflows.Executions;
using static Sos.Api.Tests.Pages.Executions.Runs;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class ExecutionListQueryTests
{
    [Fact]
    public void An_address_says_all_of_it_and_is_read_back()
    {
        var id = Guid.NewGuid();
        var query = new ExecutionListQuery { Workflow = id, Statuses = [ExecutionStatus.Failed, ExecutionStatus.Waiting], From = new(2026, 11, 1), To = new(2026, 11, 2), Text = "a&b", MinCost = 0.5m };
        Assert.Equal($"/executions?workflow={id}&status=failed&status=waiting&from=2026-11-01&to=2026-11-02&q=a%26b&cost=0.5", query.ToAddress());
        var read = ExecutionListQuery.Read($"{id}", ["failed", "waiting"], null, "2026-11-01", "2026-11-02", "a&b", "0.5");
        Assert.Equal(query.ToAddress(), read.ToAddress());
        Assert.False(read.IsEmpty);
    }

    [Fact]
    public void What_makes_no_sense_is_left_out()
    {
        var read = ExecutionListQuery.Read("x", ["lost"], "1y", "soon", "2026-13-01", "  ", "-1");
        Assert.True(read.IsEmpty);
        Assert.Equal("/executions", read.ToAddress());
    }

    [Fact]
    public void An_id_is_looked_up_and_words_are_searched()
    {
        var id = Guid.NewGuid();
        Assert.Equal([id], new ExecutionListQuery { Text = $"{id}" }.ToFilter(Begin, 10).Ids);
        Assert.Equal("0123456789abcdef0123456789abcdef", new ExecutionListQuery { Text = "0123456789ABCDEF0123456789ABCDEF" }.ToFilter(Begin, 10).TraceId);
        Assert.Equal("http_500", new ExecutionListQuery { Text = "http_500" }.ToFilter(Begin, 10).Text);
    }

    [Fact]
    public void Days_are_whole_and_periods_end_now()
    {
        var days = new ExecutionListQuery { From = new(2026, 11, 1), To = new(2026, 11, 1) }.ToFilter(Begin, 10);
        Assert.Equal(TimeSpan.FromDays(1), days.To - days.From);
        Assert.Equal(Begin.AddHours(-24), new ExecutionListQuery { Since = "24h" }.ToFilter(Begin, 10).From);
    }
}
