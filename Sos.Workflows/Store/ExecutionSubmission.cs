using System.Diagnostics;
using System.Text.Json;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>An execution to be accepted.</summary>
public sealed record ExecutionSubmission
{
    /// <summary>The execution's id, chosen by the submitter: a submission that is sent twice is one execution.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The workspace.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>The organization that owns the workspace.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Who starts it; null for a key without a user.</summary>
    public Guid? UserId { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The id of its version.</summary>
    public required Guid VersionId { get; init; }

    /// <summary>The number of that version.</summary>
    public required int Version { get; init; }

    /// <summary>The workflow's name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The input; storable as <c>jsonb</c>.</summary>
    public required JsonElement Input { get; init; }

    /// <summary>Whether it pauses before every node.</summary>
    public bool StepMode { get; init; }

    /// <summary>The nodes that it pauses before.</summary>
    public IReadOnlyList<string> Breakpoints { get; init; } = [];

    /// <summary>The key that makes a repeated request the same execution; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>A hash of the request that came with <see cref="IdempotencyKey"/>.</summary>
    public byte[]? RequestHash { get; init; }

    /// <summary>The schedule or webhook that starts it; null where none does.</summary>
    public ExecutionTrigger? Trigger { get; init; }

    /// <summary>
    /// The span that the execution's spans are children of: the current one, or, where nothing traces, a new one that
    /// nobody recorded, so that spans and rows of the execution still share a trace.
    /// </summary>
    public string TraceParent { get; init; } = CurrentTraceParent();

    /// <summary>The trace that <see cref="TraceParent"/> names.</summary>
    public string TraceId => TraceParent[3..35];

    internal static string CurrentTraceParent() => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id }
        ? id
        : NewTraceParent();

    /// <summary>A span that nobody recorded, of a trace of its own.</summary>
    internal static string NewTraceParent() => $"00-{ActivityTraceId.CreateRandom().ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-01";
}

/// <summary>What came of a submission.</summary>
public abstract record SubmitResult
{
    private SubmitResult() { }

    /// <summary>The execution is committed and will run.</summary>
    /// <param name="CreatedAt">When it was accepted.</param>
    public sealed record Accepted(DateTimeOffset CreatedAt) : SubmitResult;

    /// <summary>The same request came before with the same key; this is its execution.</summary>
    /// <param name="ExecutionId">The execution that the first request started.</param>
    public sealed record Repeated(Guid ExecutionId) : SubmitResult;

    /// <summary>Another request came before with the same key.</summary>
    public sealed record KeyReused : SubmitResult;
}
