using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>What people tell an execution. A signal commits with the change that makes an executor look at it.</summary>
public sealed class ExecutionSignals(WorkspaceDatabase database, TimeProvider time)
{
    private const string SignalSql = """
        with target as (
          select id, status from workflow_executions where id = $1 for no key update
        ), told as (
          update workflow_executions e set
            signal_seq = e.signal_seq + 1,
            status = case when t.status in ('waiting', 'paused') then 'pending' else t.status end,
            due_at = case when t.status in ('waiting', 'paused') then now() else e.due_at end,
            priority = case when $2 = 'cancel' then 32767 else e.priority end
          from target t where e.id = t.id and t.status = any ($3)
          returning e.id, e.signal_seq
        ), sent as (
          insert into execution_signals (execution_id, seq, workspace_id, kind, node_id, iteration, payload, user_id)
          select id, signal_seq, current_workspace_id(), $2, $4, $5, $6, $7 from told
          returning pg_notify('sos_signal', execution_id::text), pg_notify('sos_work', '')
        )
        select t.status, (select count(*) from sent) > 0 from target t
        """;

    private static readonly string[] Unended = ["pending", "running", "waiting", "paused"];
    private static readonly string[] Unpaused = ["pending", "running", "waiting"];
    private static readonly string[] Paused = ["paused"];

    /// <summary>Ends an execution, its running nodes and its children.</summary>
    public Task<SignalResult> CancelAsync(Guid workspaceId, Guid executionId, Guid? userId, CancellationToken cancellationToken) =>
        SendAsync(workspaceId, executionId, "cancel", Unended, userId, cancellationToken);

    /// <summary>Starts no further node of an execution; those that run finish.</summary>
    public Task<SignalResult> PauseAsync(Guid workspaceId, Guid executionId, Guid? userId, CancellationToken cancellationToken) =>
        SendAsync(workspaceId, executionId, "pause", Unpaused, userId, cancellationToken);

    /// <summary>Lets a paused execution go on to its next breakpoint or its end, out of step mode.</summary>
    public Task<SignalResult> ResumeAsync(Guid workspaceId, Guid executionId, Guid? userId, CancellationToken cancellationToken) =>
        SendAsync(workspaceId, executionId, "resume", Paused, userId, cancellationToken);

    /// <summary>Lets a paused execution run the nodes that it is paused before, and pauses it again.</summary>
    public Task<SignalResult> StepAsync(Guid workspaceId, Guid executionId, Guid? userId, CancellationToken cancellationToken) =>
        SendAsync(workspaceId, executionId, "step", Paused, userId, cancellationToken);

    /// <summary>Decides an approval that an execution waits for.</summary>
    public async Task<SignalResult> DecideAsync(Guid workspaceId, Guid executionId, Decision decision, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(workspaceId, cancellationToken);
        await using var reading = transaction.Batch();
        // The lock keeps a second decision, and the executor's checkpoint, from coming between look and leap.
        reading.Add("select status from workflow_executions where id = $1 for no key update").With(executionId);
        reading.Add("""
            select s.status, s.type, s.state, exists (
              select from execution_signals g join workflow_executions e on e.id = g.execution_id and g.seq > e.signal_seen
              where g.execution_id = $1 and g.kind = 'approval' and g.node_id = $2 and coalesce(g.iteration, '') = $3)
            from execution_steps s where s.execution_id = $1 and s.node_id = $2 and s.iteration = $3
            """)
            .With(executionId).With(decision.NodeId).With(decision.Iteration);
        reading.Add("select email from users where id = $1").With(decision.UserId);
        await using (var results = await reading.ExecuteAsync(cancellationToken))
        {
            var reader = await results.NextAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                return new SignalResult.NotFound();
            var status = StatusNames.ToExecutionStatus(reader.GetString(0));
            if (status.IsFinal())
                return new SignalResult.Refused(status);
            await results.NextAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                return new SignalResult.NoSuchStep();
            if (reader.GetString(0) != "waiting" || reader.GetString(1) != "approval")
                return new SignalResult.NotWaiting();
            if (reader.GetBoolean(3))
                return new SignalResult.AlreadyDecided();
            var approvers = Approvers(Jsonb.Read(reader, 2));
            await results.NextAsync(cancellationToken);
            var email = await reader.ReadAsync(cancellationToken) ? reader.TextOrNull(0) : null;
            if (approvers.Count > 0 && !(decision.UserId is { } id && approvers.Contains(id.ToString())) && !(email is not null && approvers.Contains(email)))
                return new SignalResult.NotAnApprover();
        }

        var payload = new DecisionPayload(decision.Approve ? "approve" : "reject", decision.Comment, decision.UserId, time.GetUtcNow());
        await using var sending = transaction.Batch();
        AddSignal(sending, executionId, "approval", Unended, decision.UserId, decision.NodeId, decision.Iteration,
            JsonSerializer.Serialize(payload, SignalJson.Default.DecisionPayload));
        var result = await ReadResultAsync(sending, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private async Task<SignalResult> SendAsync(
        Guid workspaceId, Guid executionId, string kind, string[] allowed, Guid? userId, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        AddSignal(batch, executionId, kind, allowed, userId, null, null, null);
        return await ReadResultAsync(batch, cancellationToken);
    }

    private static void AddSignal(
        WorkspaceDatabase.WorkspaceBatch batch, Guid executionId, string kind, string[] allowed, Guid? userId, string? nodeId, string? iteration, string? payload) =>
        batch.Add(SignalSql).With(executionId).With(kind).With(allowed).With(nodeId).With(iteration).WithJson(payload).With(userId);

    private static async Task<SignalResult> ReadResultAsync(WorkspaceDatabase.WorkspaceBatch batch, CancellationToken cancellationToken)
    {
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var reader = await results.NextAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return new SignalResult.NotFound();
        var before = StatusNames.ToExecutionStatus(reader.GetString(0));
        SignalResult result = reader.GetBoolean(1) ? new SignalResult.Sent() : new SignalResult.Refused(before);
        await results.FinishAsync(cancellationToken);
        return result;
    }

    /// <summary>The ids and e-mail addresses of those who may decide, as the node left them; empty for everybody.</summary>
    private static HashSet<string> Approvers(JsonElement? state) =>
        state is { ValueKind: JsonValueKind.Object } s && s.TryGetProperty("approvers", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(a => a.ValueKind == JsonValueKind.String).Select(a => a.GetString()!).ToHashSet(StringComparer.OrdinalIgnoreCase)
            : [];
}

/// <summary>A person's answer to an <c>approval</c> node.</summary>
public sealed record Decision
{
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The node's iteration; empty at the top.</summary>
    public required string Iteration { get; init; }

    /// <summary>Whether the answer is yes.</summary>
    public required bool Approve { get; init; }

    /// <summary>What the person says about it.</summary>
    public string? Comment { get; init; }

    /// <summary>Who decides; null for a key without a user.</summary>
    public Guid? UserId { get; init; }
}

/// <summary>What came of a signal.</summary>
public abstract record SignalResult
{
    private SignalResult() { }

    /// <summary>It is committed; the execution's executor, or the next one, acts on it.</summary>
    public sealed record Sent : SignalResult;

    /// <summary>There is no such execution.</summary>
    public sealed record NotFound : SignalResult;

    /// <summary>The execution's status does not allow it.</summary>
    /// <param name="Status">The status.</param>
    public sealed record Refused(ExecutionStatus Status) : SignalResult;

    /// <summary>The node has not been reached, or there is none.</summary>
    public sealed record NoSuchStep : SignalResult;

    /// <summary>The node is not an approval that waits.</summary>
    public sealed record NotWaiting : SignalResult;

    /// <summary>Somebody else decided a moment ago.</summary>
    public sealed record AlreadyDecided : SignalResult;

    /// <summary>The node names its approvers, and this is none of them.</summary>
    public sealed record NotAnApprover : SignalResult;
}

internal sealed record DecisionPayload(
    string Decision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Comment,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? UserId,
    DateTimeOffset DecidedAt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(DecisionPayload))]
internal sealed partial class SignalJson : JsonSerializerContext;
