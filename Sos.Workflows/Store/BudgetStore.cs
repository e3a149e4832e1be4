using Npgsql;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>Budgets as people set them and see what is spent of them.</summary>
public sealed class BudgetStore(WorkspaceDatabase database, TimeProvider time)
{
    private const string Context = "jsonb_build_object('id', id, 'workflowId', workflow_id, 'period', period, 'limitUsd', limit_usd)";

    /// <summary>The periods of budgets.</summary>
    public static IReadOnlyList<string> Periods { get; } = ["run", "day", "month"];

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <summary>All budgets of a workspace: its own first, then its workflows'.</summary>
    public Task<List<Budget>> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"{SelectFrom("budgets")} where b.workspace_id = $2 order by w.name nulls first, b.workflow_id, b.period desc")
            .With(Today, NpgsqlDbType.Date).With(workspaceId);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>A budget; null where there is none.</summary>
    public Task<Budget?> GetAsync(Guid workspaceId, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"{SelectFrom("budgets")} where b.id = $2").With(Today, NpgsqlDbType.Date).With(id);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>Sets a budget where there is none for that workflow and period.</summary>
    /// <param name="who">Who sets it.</param>
    /// <param name="workflowId">The workflow; null for the whole workspace.</param>
    /// <param name="period">One of <see cref="Periods"/>.</param>
    /// <param name="limitUsd">The most that may be spent, in US dollars; above 0.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<CreateBudgetResult> CreateAsync(KeyHolder who, Guid? workflowId, string period, decimal limitUsd, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              insert into budgets (id, workspace_id, workflow_id, period, limit_usd)
              select $2, $3, $4, $5, $6
              where $4::uuid is null or exists (select from workflows where id = $4 and deleted_at is null)
              returning *
            ), logged as (
              {AuditEvent.Of("budget_created", Context, 7)}
            )
            {SelectFrom("changed")}
            """)
            .With(Today, NpgsqlDbType.Date).With(Guid.CreateVersion7()).With(who.WorkspaceId).With(workflowId).With(period).With(limitUsd, NpgsqlDbType.Numeric)
            .By(who);
        try
        {
            return await batch.FirstAsync(Read, cancellationToken) is { } budget ? new CreateBudgetResult.Created(budget) : new CreateBudgetResult.NoWorkflow();
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "budgets_workspace_id_workflow_id_period_key" })
        {
            return new CreateBudgetResult.Exists();
        }
    }

    /// <summary>Changes a budget's limit.</summary>
    /// <returns>The budget; null where there is none.</returns>
    public Task<Budget?> ChangeAsync(KeyHolder who, Guid id, decimal limitUsd, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              update budgets set limit_usd = $4, updated_at = now() where id = $2 and workspace_id = $3 returning *
            ), logged as (
              {AuditEvent.Of("budget_changed", Context, 5)}
            )
            {SelectFrom("changed")}
            """)
            .With(Today, NpgsqlDbType.Date).With(id).With(who.WorkspaceId).With(limitUsd, NpgsqlDbType.Numeric).By(who);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>Deletes a budget.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from budgets where id = $1 and workspace_id = $2 returning *
            ), logged as (
              {AuditEvent.Of("budget_deleted", Context, 3)}
            )
            select id from changed
            """)
            .With(id).With(who.WorkspaceId).By(who);
        return (await batch.AllAsync(r => r.GetGuid(0), cancellationToken)).Count > 0;
    }

    /// <summary>Rows of budgets with what is spent of them; <c>$1</c> is the day in UTC.</summary>
    private static string SelectFrom(string rows) => $"""
        select b.id, b.workflow_id, w.name, b.period, b.limit_usd, p.first_day, b.created_at, b.updated_at,
               case when b.period <> 'run' then coalesce((
                 select sum(s.cost_usd) from model_spend s
                 where s.workspace_id = b.workspace_id and (b.workflow_id is null or s.workflow_id = b.workflow_id)
                   and s.day between p.first_day and $1), 0) end
        from {rows} b
        left join workflows w on w.id = b.workflow_id
        cross join lateral (select case b.period when 'day' then $1::date when 'month' then date_trunc('month', $1::timestamp)::date end as first_day) p
        """;

    private static Budget Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        WorkflowId = reader.GuidOrNull(1),
        WorkflowName = reader.TextOrNull(2),
        Period = reader.GetString(3),
        LimitUsd = reader.Amount(4),
        PeriodStart = reader.IsDBNull(5) ? null : reader.GetFieldValue<DateOnly>(5),
        CreatedAt = reader.Time(6),
        UpdatedAt = reader.Time(7),
        SpentUsd = reader.AmountOrNull(8),
    };
}

/// <summary>The most that model calls may cost in a period.</summary>
public sealed record Budget
{
    /// <summary>The budget's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workflow it is for; null for the whole workspace.</summary>
    public Guid? WorkflowId { get; init; }

    /// <summary>The workflow's name.</summary>
    public string? WorkflowName { get; init; }

    /// <summary><c>run</c>, <c>day</c> or <c>month</c>; days and months are UTC's.</summary>
    public required string Period { get; init; }

    /// <summary>The limit in US dollars.</summary>
    public required decimal LimitUsd { get; init; }

    /// <summary>What the current day or month has cost, in US dollars; null for runs, each of which has its own.</summary>
    public decimal? SpentUsd { get; init; }

    /// <summary>How much of the limit is spent; 1 is all of it.</summary>
    public decimal? Share => SpentUsd is { } spent ? Math.Round(spent / LimitUsd, 4) : null;

    /// <summary>The first day of the current period, in UTC; null for runs.</summary>
    public DateOnly? PeriodStart { get; init; }

    /// <summary>When it was set.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What became of setting a budget.</summary>
public abstract record CreateBudgetResult
{
    private CreateBudgetResult()
    {
    }

    /// <summary>It is set.</summary>
    /// <param name="Budget">The budget.</param>
    public sealed record Created(Budget Budget) : CreateBudgetResult;

    /// <summary>There is one for that workflow and period.</summary>
    public sealed record Exists : CreateBudgetResult;

    /// <summary>There is no such workflow.</summary>
    public sealed record NoWorkflow : CreateBudgetResult;
}
