using Sos.Api.Pages.Overview;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Overview;

public sealed class OverviewFiguresTests
{
    private static readonly DateTimeOffset From = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_period_is_sixty_whole_minutes_that_end_with_this_one()
    {
        var (from, to) = OverviewFigures.Period(From.AddMinutes(59.5));
        Assert.Equal((From, From.AddMinutes(59.5)), (from, to));
    }

    [Fact]
    public void Each_run_is_in_its_minute_and_each_status_leads_to_its_list()
    {
        var figures = new OverviewFigures(Overview(
            new(From, ExecutionStatus.Completed, 3), new(From.AddMinutes(59), ExecutionStatus.Failed, 1), new(From.AddMinutes(59), ExecutionStatus.Running, 2)));
        Assert.Equal(["completed", "failed", "running"], figures.Series.Select(s => s.Name));
        Assert.Equal((3, 1, 2), (figures.Series[0].Values[0], figures.Series[1].Values[59], figures.Series[2].Values[59]));
        Assert.Equal("/executions?status=failed&since=1h", figures.Series[1].Href);
        Assert.Equal((6, 0.75), (figures.Runs, figures.SuccessRate));
    }

    [Fact]
    public void Without_an_end_there_is_no_success_rate()
    {
        var figures = new OverviewFigures(Overview(new(From, ExecutionStatus.Cancelled, 1), new(From, ExecutionStatus.Pending, 1)));
        Assert.Null(figures.SuccessRate);
        Assert.Equal(["completed", "failed", "cancelled", "pending"], figures.Series.Select(s => s.Name));
    }

    [Fact]
    public void Only_executors_that_live_count()
    {
        var figures = new OverviewFigures(Overview() with
        {
            Executors = [Executor(alive: true, leases: 3), Executor(alive: true, leases: 1), Executor(alive: false, leases: 8)],
            QueueDepth = 1,
            OldestDueAt = From.AddMinutes(50),
        });
        Assert.Equal((2, 20, 4), (figures.Alive, figures.Slots, figures.Leases));
        Assert.Equal(TimeSpan.FromMinutes(10), figures.OldestWait);
    }

    private static ExecutorState Executor(bool alive, long leases) => new(Guid.NewGuid(), "e", "1", 10, From, From, alive, leases);

    private static WorkspaceOverview Overview(params RunsOfMinute[] minutes) => new()
    {
        From = From,
        To = From.AddMinutes(60),
        Minutes = minutes,
        QueueDepth = 0,
        Executors = [],
        Today = new SpentToday(0, 0, 0, 0, 0),
        Failures = [],
        Approvals = [],
        HasExecutions = true,
        HasWorkflows = true,
    };
}
