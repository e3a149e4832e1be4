namespace Sos.Workflows.Store;

/// <summary>What model calls cost, by day and one more thing.</summary>
public sealed class CostReader(WorkspaceDatabase database)
{
    /// <summary>How many groups a report names in its chart; the rest is summed up.</summary>
    public const int MaxSeries = 7;

    /// <summary>How many groups a report lists.</summary>
    public const int MaxGroups = 1_000;

    /// <summary>Sums calls, in one scan of them.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="from">The first moment.</param>
    /// <param name="to">The end.</param>
    /// <param name="by">What to sum by.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<CostReport> ReadAsync(Guid workspaceId, DateTimeOffset from, DateTimeOffset to, CostGrouping by, CancellationToken cancellationToken)
    {
        // The grouping is an enumeration, so nothing of the caller's text gets into the statement.
        var batch = database.In(workspaceId);
        batch.Add($"""
            with cells as materialized (
              select (c.timestamp at time zone 'UTC')::date as day, {Key(by)} as key, {(by == CostGrouping.Node || by == CostGrouping.Workflow ? "c.workflow_id" : "null::uuid")} as workflow,
                     count(*) as calls, coalesce(sum(c.input_tokens), 0)::bigint as input, coalesce(sum(c.output_tokens), 0)::bigint as output,
                     coalesce(sum(c.cost_usd), 0) as cost, count(*) filter (where c.cost_usd is null) as unpriced
              from model_cost_logs c
              where c.workspace_id = $1 and c.timestamp >= $2 and c.timestamp < $3
              group by 1, 2, 3
            ), groups as (
              select key, workflow, row_number() over (order by sum(cost) desc, sum(input + output) desc, sum(calls) desc, key, workflow) as place
              from cells group by key, workflow
            )
            select c.day, least(g.place, {MaxSeries + 1})::int as place, null as key, null::uuid as workflow, null as name,
                   sum(c.calls)::bigint, sum(c.input)::bigint, sum(c.output)::bigint, sum(c.cost), sum(c.unpriced)::bigint
            from cells c join groups g on g.key is not distinct from c.key and g.workflow is not distinct from c.workflow
            group by 1, 2
            union all
            select null, g.place::int, g.key, g.workflow, w.name,
                   sum(c.calls)::bigint, sum(c.input)::bigint, sum(c.output)::bigint, sum(c.cost), sum(c.unpriced)::bigint
            from cells c join groups g on g.key is not distinct from c.key and g.workflow is not distinct from c.workflow
            left join workflows w on w.id = g.workflow
            where g.place <= {MaxGroups}
            group by g.place, g.key, g.workflow, w.name
            order by 1, 2
            """)
            .With(workspaceId).With(from).With(to);
        var rows = await batch.AllAsync(
            r => (Day: r.IsDBNull(0) ? (DateOnly?)null : r.GetFieldValue<DateOnly>(0), Place: r.GetInt32(1), Key: r.TextOrNull(2), Workflow: r.GuidOrNull(3), Name: r.TextOrNull(4),
                  Sum: new CostSum(r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.Amount(8), r.GetInt64(9))),
            cancellationToken);
        return new CostReport(
            [.. rows.Where(r => r.Day is not null).Select(r => new CostCell(r.Day!.Value, r.Place, r.Sum))],
            [.. rows.Where(r => r.Day is null).Select(r => new CostRow(r.Key, r.Workflow, r.Name, r.Sum))]);
    }

    private static string Key(CostGrouping by) => by switch
    {
        CostGrouping.Day or CostGrouping.Workspace => "''",
        CostGrouping.Model => "c.provider || ' ' || c.model_name",
        CostGrouping.Workflow => "''",
        CostGrouping.Node => "c.node_id",
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, null),
    };
}

/// <summary>What a cost report sums by, beside the day.</summary>
public enum CostGrouping
{
    /// <summary>Nothing else.</summary>
    Day,

    /// <summary>The provider and its model.</summary>
    Model,

    /// <summary>The workflow.</summary>
    Workflow,

    /// <summary>The node of a workflow.</summary>
    Node,

    /// <summary>The whole workspace.</summary>
    Workspace,
}

/// <summary>What model calls cost.</summary>
/// <param name="Cells">Each day's sums of the dearest <see cref="CostReader.MaxSeries"/> groups, and of all others together; days without calls are left out.</param>
/// <param name="Rows">The dearest <see cref="CostReader.MaxGroups"/> groups over the whole time.</param>
public sealed record CostReport(IReadOnlyList<CostCell> Cells, IReadOnlyList<CostRow> Rows);

/// <summary>What a group cost on a day.</summary>
/// <param name="Day">The day, in UTC.</param>
/// <param name="Place">The group's place among the rows, from 1; <see cref="CostReader.MaxSeries"/> + 1 for all others.</param>
/// <param name="Sum">The sums.</param>
public sealed record CostCell(DateOnly Day, int Place, CostSum Sum);

/// <summary>What a group cost.</summary>
/// <param name="Key">The provider and model, or the node's id; null where the calls have none.</param>
/// <param name="WorkflowId">The workflow, where it is part of the group.</param>
/// <param name="WorkflowName">Its name; null where it was removed.</param>
/// <param name="Sum">The sums.</param>
public sealed record CostRow(string? Key, Guid? WorkflowId, string? WorkflowName, CostSum Sum);

/// <summary>Sums over model calls.</summary>
/// <param name="Calls">How many calls.</param>
/// <param name="InputTokens">Tokens in.</param>
/// <param name="OutputTokens">Tokens out.</param>
/// <param name="CostUsd">Their price in US dollars, without calls whose model's price is unknown.</param>
/// <param name="UnpricedCalls">How many calls have no known price.</param>
public sealed record CostSum(long Calls, long InputTokens, long OutputTokens, decimal CostUsd, long UnpricedCalls)
{
    /// <summary>Nothing.</summary>
    public static CostSum Zero { get; } = new(0, 0, 0, 0, 0);

    /// <summary>Both together.</summary>
    public static CostSum operator +(CostSum one, CostSum other) => Add(one, other);

    /// <summary>Both together.</summary>
    public static CostSum Add(CostSum one, CostSum other) => new(
        one.Calls + other.Calls, one.InputTokens + other.InputTokens, one.OutputTokens + other.OutputTokens, one.CostUsd + other.CostUsd, one.UnpricedCalls + other.UnpricedCalls);
}
