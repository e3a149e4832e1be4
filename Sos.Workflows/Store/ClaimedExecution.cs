using System.Text.Json;
using Npgsql;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>An execution as an executor gets it with the lease.</summary>
public sealed record ClaimedExecution
{
    /// <summary>The execution's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its workspace.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>The workspace's organization.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Who started it; null for a key without a user.</summary>
    public Guid? UserId { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The row of the workflow's version.</summary>
    public required Guid VersionId { get; init; }

    /// <summary>The version's number.</summary>
    public required int Version { get; init; }

    /// <summary>The workflow's name when it was submitted.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>What it was started with.</summary>
    public required JsonElement Input { get; init; }

    /// <summary>Whether it stops before every node.</summary>
    public bool StepMode { get; init; }

    /// <summary>The nodes it stops before.</summary>
    public IReadOnlyList<string> Breakpoints { get; init; } = [];

    /// <summary>The trace context of the request that submitted it.</summary>
    public required string TraceParent { get; init; }

    /// <summary>The <c>workflow.execute</c> span of the run before this one; null for the first.</summary>
    public string? PreviousSpanId { get; init; }

    /// <summary>The execution whose <c>workflow</c> node started it; null for none.</summary>
    public Guid? ParentExecutionId { get; init; }

    /// <summary>That node.</summary>
    public string? ParentNodeId { get; init; }

    /// <summary>That node's iteration.</summary>
    public string? ParentIteration { get; init; }

    /// <summary>How many <c>workflow</c> nodes are above it.</summary>
    public int Depth { get; init; }

    /// <summary>Whether it was made from another execution and so starts with finished steps.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The fence: which claim this is, from 1. Every write names it.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of the last checkpoint.</summary>
    public required int CheckpointSeq { get; init; }

    /// <summary>How many executors in a row were lost with it.</summary>
    public int LostLeases { get; init; }

    /// <summary>The number of the last signal sent to it.</summary>
    public int SignalSeq { get; init; }

    /// <summary>The number of the last signal it has handled.</summary>
    public int SignalSeen { get; init; }

    /// <summary>When it was submitted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first claimed.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it was due before this claim.</summary>
    public TimeSpan QueueWait { get; init; }

    /// <summary>The schedule or webhook that started it; null where none did.</summary>
    public ExecutionTrigger? Trigger { get; init; }

    /// <summary>Whether there may be steps from before this claim.</summary>
    public bool HasHistory => IsReplay || CheckpointSeq > 0;

    internal static ClaimedExecution Read(NpgsqlDataReader r) => new()
    {
        Id = r.GetGuid(0),
        WorkspaceId = r.GetGuid(1),
        OrganizationId = r.GetGuid(2),
        UserId = r.IsDBNull(3) ? null : r.GetGuid(3),
        WorkflowId = r.GetGuid(4),
        VersionId = r.GetGuid(5),
        Version = r.GetInt32(6),
        WorkflowName = r.GetString(7),
        Input = Jsonb.Read(r, 8)!.Value,
        StepMode = r.GetBoolean(9),
        Breakpoints = r.GetFieldValue<string[]>(10),
        TraceParent = r.GetString(11),
        PreviousSpanId = r.IsDBNull(12) ? null : r.GetString(12),
        ParentExecutionId = r.IsDBNull(13) ? null : r.GetGuid(13),
        ParentNodeId = r.IsDBNull(14) ? null : r.GetString(14),
        ParentIteration = r.IsDBNull(15) ? null : r.GetString(15),
        Depth = r.GetInt16(16),
        IsReplay = r.GetBoolean(17),
        Epoch = r.GetInt32(18),
        CheckpointSeq = r.GetInt32(19),
        LostLeases = r.GetInt16(20),
        SignalSeq = r.GetInt32(21),
        SignalSeen = r.GetInt32(22),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(23),
        StartedAt = r.GetFieldValue<DateTimeOffset>(24),
        QueueWait = r.GetTimeSpan(25),
        Trigger = r.Trigger(26),
    };
}
