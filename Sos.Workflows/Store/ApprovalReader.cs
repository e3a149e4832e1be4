using System.Text.Json;
using Npgsql;
using Sos.Workflows.Json;

namespace Sos.Workflows.Store;

/// <summary>What waits for people's decisions, and what they decided.</summary>
public sealed class ApprovalReader(WorkspaceDatabase database)
{
    /// <summary>How many approvals <see cref="CountAsync"/> counts at most.</summary>
    public const int MaxCount = 1_000;

    /// <summary>
    /// Steps that wait. Their executions wait as well or run another branch; those that are pending are about to run, and
    /// are left out so that a long queue costs nothing. A step that somebody decided a moment ago is left out, too.
    /// <c>$1</c> is the workspace, <c>$2</c> the limit.
    /// </summary>
    private const string Waiting = """
        select e.id, e.workflow_id, e.workflow_name, s.node_id, s.iteration, s.state, s.started_at
        from (
          select id, workflow_id, workflow_name, signal_seen from workflow_executions
          where workspace_id = $1 and status in ('waiting', 'paused')
          union all
          select id, workflow_id, workflow_name, signal_seen from workflow_executions
          where workspace_id = $1 and status = 'running' and lease_owner is not null
        ) e
        join execution_steps s on s.execution_id = e.id and s.status = 'waiting' and s.type = 'approval'
        where not exists (
          select from execution_signals g
          where g.execution_id = e.id and g.seq > e.signal_seen and g.kind = 'approval' and g.node_id = s.node_id and coalesce(g.iteration, '') = s.iteration)
        order by e.id, s.node_id, s.iteration limit $2
        """;

    /// <summary>What waits for a decision, the oldest first.</summary>
    public Task<List<WaitingApproval>> WaitingAsync(Guid workspaceId, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        AddWaiting(batch, workspaceId, limit);
        return batch.AllAsync(ReadWaiting, cancellationToken);
    }

    /// <summary>How many wait; counted to <see cref="MaxCount"/>.</summary>
    public async Task<int> CountAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select count(*)::int from ({Waiting}) w").With(workspaceId).With(MaxCount);
        return (await batch.AllAsync(r => r.GetInt32(0), cancellationToken))[0];
    }

    /// <summary>What was decided, the latest first.</summary>
    public Task<List<DecidedApproval>> DecidedAsync(Guid workspaceId, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select l.execution_id, e.workflow_id, e.workflow_name, l.node_id, l.iteration, l.context, u.display_name, l.timestamp
            from event_logs l
            join workflow_executions e on e.id = l.execution_id
            left join users u on u.id::text = l.context ->> 'userId'
            where l.workspace_id = $1 and l.event_type = 'approval_decided'
            order by l.timestamp desc, l.id desc limit $2
            """)
            .With(workspaceId).With(limit);
        return batch.AllAsync(ReadDecided, cancellationToken);
    }

    /// <summary>Adds the command that finds what waits; <see cref="ReadWaiting"/> reads its rows.</summary>
    internal static void AddWaiting(WorkspaceDatabase.WorkspaceBatch batch, Guid workspaceId, int limit) =>
        batch.Add(Waiting).With(workspaceId).With(limit);

    internal static WaitingApproval ReadWaiting(NpgsqlDataReader reader)
    {
        var state = Jsonb.Read(reader, 5);
        return new WaitingApproval
        {
            ExecutionId = reader.GetGuid(0),
            WorkflowId = reader.GetGuid(1),
            WorkflowName = reader.GetString(2),
            NodeId = reader.GetString(3),
            Iteration = reader.GetString(4),
            Message = state?.TextMember("message") ?? "",
            Approvers = state?.Member("approvers") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Where(a => a.ValueKind == JsonValueKind.String).Select(a => a.GetString()!)]
                : [],
            Since = When(state, "requestedAt") ?? reader.TimeOrNull(6),
            ExpiresAt = When(state, "expiresAt"),
            OnExpiry = state?.TextMember("onExpiry"),
        };
    }

    private static DecidedApproval ReadDecided(NpgsqlDataReader reader)
    {
        var context = Jsonb.Read(reader, 5);
        return new DecidedApproval
        {
            ExecutionId = reader.GetGuid(0),
            WorkflowId = reader.GetGuid(1),
            WorkflowName = reader.GetString(2),
            NodeId = reader.TextOrNull(3) ?? "",
            Iteration = reader.TextOrNull(4) ?? "",
            Approved = context?.TextMember("decision") == "approve",
            Comment = context?.TextMember("comment"),
            DecidedBy = reader.TextOrNull(6),
            Expired = context?.Member("expired") is { ValueKind: JsonValueKind.True },
            DecidedAt = reader.Time(7),
        };
    }

    private static DateTimeOffset? When(JsonElement? of, string name) =>
        of?.Member(name) is { ValueKind: JsonValueKind.String } value && value.TryGetDateTimeOffset(out var time) ? time : null;
}

/// <summary>An approval that waits for a person.</summary>
public sealed record WaitingApproval
{
    /// <summary>The execution that waits.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>Its workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The node that asks.</summary>
    public required string NodeId { get; init; }

    /// <summary>The node's iteration; empty at the top.</summary>
    public required string Iteration { get; init; }

    /// <summary>What it asks.</summary>
    public required string Message { get; init; }

    /// <summary>Ids or e-mail addresses of those who may decide; empty for everybody whose role allows it.</summary>
    public required IReadOnlyList<string> Approvers { get; init; }

    /// <summary>Since when it waits.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Until when; null for as long as it takes.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What happens then: <c>reject</c>, <c>approve</c> or <c>fail</c>.</summary>
    public string? OnExpiry { get; init; }
}

/// <summary>An approval that was decided, or whose time ran out.</summary>
public sealed record DecidedApproval
{
    /// <summary>The execution.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>Its workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The node that asked.</summary>
    public required string NodeId { get; init; }

    /// <summary>The node's iteration; empty at the top.</summary>
    public required string Iteration { get; init; }

    /// <summary>Whether the answer was yes.</summary>
    public required bool Approved { get; init; }

    /// <summary>What the person said about it.</summary>
    public string? Comment { get; init; }

    /// <summary>Who decided; null for a key without a user, and where nobody did in time.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>Whether nobody decided in time.</summary>
    public required bool Expired { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset DecidedAt { get; init; }
}
