using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Sos.Workflows.Models;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class BudgetGuardTests : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 22, 23, 59, 0, TimeSpan.Zero));
    private ModelDatabase models = null!;
    private BudgetGuard guard = null!;
    private Guid workflow;
    private Guid execution;

    public async Task InitializeAsync()
    {
        models = await ModelDatabase.CreateAsync();
        guard = new BudgetGuard(models.Executor, clock);
        workflow = await models.WorkflowAsync();
        execution = await models.ExecutionAsync(workflow, 0.40m);
    }

    public Task DisposeAsync() => models.DisposeAsync().AsTask();

    [Fact]
    public async Task Without_a_budget_every_call_may_be_made() =>
        Assert.Null(await AskAsync(uncommitted: 1_000_000, estimate: 1_000_000));

    [Fact]
    public async Task A_call_that_fits_to_the_last_digit_may_be_made_and_one_digit_more_may_not()
    {
        await BudgetAsync("run", "1", workflow);
        Assert.Null(await AskAsync(uncommitted: 0.35m, estimate: 0.25m));
        var refusal = await AskAsync(uncommitted: 0.35m, estimate: 0.2500000001m);
        Assert.Equal(new BudgetRefusal("run", WholeWorkspace: false, 1m, 0.75m, 0.2500000001m), refusal);
        Assert.Equal("The workflow's budget per run is $1.00; $0.75 are spent and the next model call may cost $0.2500000001. Raise the budget, or let the run do less.", refusal!.Message);
    }

    [Fact]
    public async Task A_budget_that_is_used_up_refuses_a_call_whose_cost_can_not_be_told()
    {
        await BudgetAsync("run", "0.4");
        Assert.Equal("The workspace's budget per run is $0.40; $0.40 are spent. Raise the budget, or let the run do less.", (await AskAsync())?.Message);
    }

    [Fact]
    public async Task A_run_is_the_whole_tree_of_executions()
    {
        var inner = await models.WorkflowAsync();
        var child = await models.ExecutionAsync(inner, 0.30m, parent: execution);
        await models.ExecutionAsync(inner, 0.20m, parent: child);
        await models.ExecutionAsync(workflow, 100m); // another run
        await BudgetAsync("run", "1");
        foreach (var (asking, of) in new[] { (execution, workflow), (child, inner) })
        {
            Assert.Equal(0.90m, (await AskAsync(estimate: 0.11m, asking: asking, of: of))?.SpentUsd);
            Assert.Null(await AskAsync(estimate: 0.10m, asking: asking, of: of));
        }
    }

    [Fact]
    public async Task A_workflows_run_budget_holds_what_it_starts_but_not_what_started_it()
    {
        var inner = await models.WorkflowAsync();
        var child = await models.ExecutionAsync(inner, 0.30m, parent: execution);
        await BudgetAsync("run", "0.5", inner);
        Assert.Null(await AskAsync(estimate: 0.20m, asking: child, of: inner)); // the parent's 0.40 are not the child's
        Assert.Equal(0.30m, (await AskAsync(estimate: 0.21m, asking: child, of: inner))?.SpentUsd);
        Assert.Null(await AskAsync(estimate: 1m)); // and the parent is not held by it

        await BudgetAsync("run", "0.8", workflow);
        var refusal = await AskAsync(estimate: 0.15m, asking: child, of: inner); // 0.40 + 0.30 + 0.15 in the parent's run
        Assert.Equal((0.8m, 0.70m, false), (refusal!.LimitUsd, refusal.SpentUsd, refusal.WholeWorkspace));
    }

    [Fact]
    public async Task Days_and_months_are_those_of_utc()
    {
        await SpendAsync(workflow, "2026-11-22", 3);
        await SpendAsync(workflow, "2026-11-21", 4);
        await SpendAsync(workflow, "2026-11-01", 5);
        await SpendAsync(workflow, "2026-10-31", 100);
        await BudgetAsync("day", "3.5");
        Assert.Equal(("day", 3m), Of(await AskAsync(estimate: 1)));
        await models.Database.ExecuteAsync("update budgets set period = 'month', limit_usd = 12.5");
        Assert.Equal(("month", 12m), Of(await AskAsync(estimate: 1)));

        clock.Advance(TimeSpan.FromMinutes(1)); // midnight
        await models.Database.ExecuteAsync("update budgets set period = 'day', limit_usd = 3.5");
        Assert.Null(await AskAsync(estimate: 1));
        clock.Advance(TimeSpan.FromDays(8)); // December
        await models.Database.ExecuteAsync("update budgets set period = 'month', limit_usd = 12.5");
        Assert.Null(await AskAsync(estimate: 1));
    }

    [Fact]
    public async Task A_workflows_day_counts_its_own_calls_and_the_workspaces_all()
    {
        var other = await models.WorkflowAsync();
        await SpendAsync(workflow, "2026-11-22", 1);
        await SpendAsync(other, "2026-11-22", 5);
        await BudgetAsync("day", "2", workflow);
        Assert.Null(await AskAsync(estimate: 1));
        Assert.Equal(("day", 1m), Of(await AskAsync(estimate: 1.5m)));
        await BudgetAsync("day", "6.5");
        var refusal = await AskAsync(uncommitted: 0.25m, estimate: 0.5m);
        Assert.Equal((true, 6.25m), (refusal!.WholeWorkspace, refusal.SpentUsd));
    }

    [Fact]
    public async Task What_is_under_way_elsewhere_counts_for_days_and_months_but_not_for_runs()
    {
        await BudgetAsync("run", "1");
        await BudgetAsync("day", "2", workflow);
        await BudgetAsync("day", "3");
        await BudgetAsync("month", "4");
        Assert.Null(await UnderWayAsync(ofWorkflow: 1.75m, ofWorkspace: 2.75m));
        Assert.Equal(("day", 1.76m, false), Which(await UnderWayAsync(ofWorkflow: 1.76m, ofWorkspace: 2.75m)));
        Assert.Equal(("day", 2.76m, true), Which(await UnderWayAsync(ofWorkflow: 1.75m, ofWorkspace: 2.76m)));

        Task<BudgetRefusal?> UnderWayAsync(decimal ofWorkflow, decimal ofWorkspace) => guard.CheckAsync(new BudgetQuestion
        {
            WorkspaceId = models.Workspace, WorkflowId = workflow, ExecutionId = execution, EstimateUsd = 0.25m,
            OthersOfWorkflowUsd = ofWorkflow, OthersOfWorkspaceUsd = ofWorkspace,
        }, CancellationToken.None);

        static (string?, decimal?, bool?) Which(BudgetRefusal? refusal) => (refusal?.Period, refusal?.SpentUsd, refusal?.WholeWorkspace);
    }

    [Fact]
    public async Task What_is_under_way_in_a_runs_other_executions_counts_for_the_run()
    {
        var inner = await models.WorkflowAsync();
        var (child, sibling) = (await models.ExecutionAsync(inner, 0, parent: execution), await models.ExecutionAsync(inner, 0, parent: execution));
        var stranger = await models.ExecutionAsync(workflow, 0);
        var underWay = new Dictionary<Guid, decimal> { [sibling] = 0.25m, [execution] = 0.10m, [stranger] = 50m };
        await BudgetAsync("run", "1");
        Assert.Equal(0.75m, (await AskAsync(0.25000001m))?.SpentUsd); // 0.40 of the parent are in the database
        Assert.Null(await AskAsync(0.25m));
        await BudgetAsync("run", "0.5", inner); // the child is a run of its own there
        Assert.Null(await AskAsync(0.25m));

        Task<BudgetRefusal?> AskAsync(decimal estimate) => guard.CheckAsync(new BudgetQuestion
        {
            WorkspaceId = models.Workspace, WorkflowId = inner, ExecutionId = child, EstimateUsd = estimate, OthersByExecution = underWay,
        }, CancellationToken.None);
    }

    [Fact]
    public async Task Another_workspaces_budgets_and_spending_do_not_count()
    {
        var theirs = await models.WorkflowAsync(models.OtherWorkspace);
        await models.Database.ExecuteAsync($"""
            insert into budgets (id, workspace_id, period, limit_usd) values (gen_random_uuid(), '{models.OtherWorkspace}', 'day', 0.01);
            insert into model_spend (workspace_id, workflow_id, day, cost_usd, calls) values ('{models.OtherWorkspace}', '{theirs}', '2026-11-22', 1000, 1)
            """);
        await BudgetAsync("day", "1");
        Assert.Null(await AskAsync(estimate: 1));
        // An execution that is another workspace's adds nothing, even where it claims a parent here.
        await models.ExecutionAsync(theirs, 500m, parent: execution, workspace: models.OtherWorkspace);
        await BudgetAsync("run", "1");
        Assert.Null(await AskAsync(estimate: 0.6m));
    }

    [Fact]
    public async Task How_much_of_a_budget_is_used_is_measured_for_days_and_months()
    {
        await SpendAsync(workflow, "2026-11-22", 3);
        await BudgetAsync("run", "100");
        await BudgetAsync("day", "4", workflow);
        await BudgetAsync("month", "12");
        var measured = new List<(double Used, string Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "sos.budget.used")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, used, tags, _) =>
        {
            var text = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
            lock (measured)
                measured.Add((used, text));
        });
        listener.Start();

        Assert.Null(await AskAsync());

        lock (measured)
        {
            Assert.Equal(
                [(0.75, $"period=day workflow.id={workflow} workspace.id={models.Workspace}"), (0.25, $"period=month workspace.id={models.Workspace}")],
                measured.Where(each => each.Tags.Contains(models.Workspace.ToString())));
        }
    }

    private static (string?, decimal?) Of(BudgetRefusal? refusal) => (refusal?.Period, refusal?.SpentUsd);

    private Task<BudgetRefusal?> AskAsync(decimal uncommitted = 0, decimal estimate = 0, Guid? asking = null, Guid? of = null) => guard.CheckAsync(new BudgetQuestion
    {
        WorkspaceId = models.Workspace, WorkflowId = of ?? workflow, ExecutionId = asking ?? execution, UncommittedUsd = uncommitted, EstimateUsd = estimate,
    }, CancellationToken.None);

    private Task BudgetAsync(string period, string limit, Guid? of = null) => models.Database.ExecuteAsync(
        $"insert into budgets (id, workspace_id, workflow_id, period, limit_usd) values (gen_random_uuid(), '{models.Workspace}', {(of is null ? "null" : $"'{of}'")}, '{period}', {limit})");

    private Task SpendAsync(Guid of, string day, int cost) => models.Database.ExecuteAsync(
        $"insert into model_spend (workspace_id, workflow_id, day, cost_usd, calls) values ('{models.Workspace}', '{of}', '{day}', {cost}, 1)");
}
