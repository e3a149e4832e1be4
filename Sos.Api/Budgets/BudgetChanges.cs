using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Budgets;

/// <summary>Changes of budgets, as the API and the pages make them. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class BudgetChanges(BudgetStore store)
{
    private const decimal MostUsd = 1_000_000_000;

    public async Task<Budget> CreateAsync(KeyHolder who, CreateBudgetRequest request, CancellationToken cancellationToken)
    {
        var problems = new List<JsonProblem>();
        if (!BudgetStore.Periods.Contains(request.Period))
            problems.Add(new("/period", "value_not_allowed", "The period is one of run, day and month."));
        CheckLimit(problems, request.LimitUsd);
        Refuse(problems);
        return await store.CreateAsync(who, request.WorkflowId, request.Period, request.LimitUsd, cancellationToken) switch
        {
            CreateBudgetResult.Created created => created.Budget,
            CreateBudgetResult.Exists => throw ProblemCatalog.Conflict("budget_exists", $"There is a budget per {request.Period} for {(request.WorkflowId is null ? "the workspace" : "this workflow")} already. Change that one."),
            _ => throw Invalid([new("/workflowId", "unknown_workflow", $"There is no workflow '{request.WorkflowId}' in this workspace.")]),
        };
    }

    public async Task<Budget> ChangeAsync(KeyHolder who, Guid id, ChangeBudgetRequest request, CancellationToken cancellationToken)
    {
        var problems = new List<JsonProblem>();
        CheckLimit(problems, request.LimitUsd);
        Refuse(problems);
        return await store.ChangeAsync(who, id, request.LimitUsd, cancellationToken) ?? throw ProblemCatalog.NotFound("budget", id);
    }

    public async Task DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        if (!await store.DeleteAsync(who, id, cancellationToken))
            throw ProblemCatalog.NotFound("budget", id);
    }

    private static void CheckLimit(List<JsonProblem> problems, decimal limit)
    {
        if (limit is <= 0 or > MostUsd || decimal.Round(limit, 10) != limit)
            problems.Add(new("/limitUsd", "invalid_amount", $"A limit is above 0 and at most {MostUsd:N0} US dollars, with at most 10 digits after the point."));
    }

    private static void Refuse(List<JsonProblem> problems)
    {
        if (problems.Count > 0)
            throw Invalid(problems);
    }

    private static ProblemException Invalid(IReadOnlyList<JsonProblem> problems) => ProblemCatalog.Invalid("invalid_budget", problems[0].Message, problems);
}
