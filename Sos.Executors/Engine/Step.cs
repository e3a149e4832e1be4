using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Graph;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>What one node does in one scope, from its first attempt to its end. Touched only by the run's own loop.</summary>
internal sealed class Step(Scope scope, NodePlan node, DateTimeOffset startedAt)
{
    public Scope Scope { get; } = scope;

    public NodePlan Node { get; } = node;

    public DateTimeOffset StartedAt { get; set; } = startedAt;

    public StepPhase Phase { get; set; } = StepPhase.Queued;

    /// <summary>The current attempt, or the last one; 0 before the first.</summary>
    public int Attempt { get; set; }

    /// <summary>The attempts that failed.</summary>
    public List<AttemptRecord> FailedAttempts { get; init; } = [];

    /// <summary>Whether the last attempt failed, so that the next start is a new one.</summary>
    public bool NeedsNewAttempt => FailedAttempts.Count == Attempt;

    /// <summary>The config as last evaluated, without secrets.</summary>
    public JsonElement? Input { get; set; }

    /// <summary>What a waiting node wants to see again.</summary>
    public JsonElement? State { get; set; }

    /// <summary>When a waiting node wakes by itself.</summary>
    public DateTimeOffset? WakeAt { get; set; }

    /// <summary>Signals for it that no attempt has handled to its end, oldest first. The first one is what an attempt sees.</summary>
    public Queue<(int Seq, NodeSignal Signal)> Inbox { get; } = new();

    /// <summary>The number of the signal that the attempt under way was given; null for none.</summary>
    private int? delivered;

    /// <summary>Gives an attempt the oldest signal.</summary>
    public NodeSignal? Deliver()
    {
        if (!Inbox.TryPeek(out var oldest))
        {
            delivered = null;
            return null;
        }
        delivered = oldest.Seq;
        return oldest.Signal;
    }

    /// <summary>Takes the signal that the attempt was given out of the inbox; null where it was given none.</summary>
    public NodeSignal? Handled()
    {
        var handled = delivered is { } seq && Inbox.TryPeek(out var oldest) && oldest.Seq == seq ? Inbox.Dequeue().Signal : null;
        delivered = null;
        return handled;
    }

    /// <summary>The executions of other workflows that it waits for.</summary>
    public HashSet<Guid> Children { get; } = [];

    /// <summary>The span of the latest attempt.</summary>
    public string? SpanId { get; set; }

    /// <summary>Stops the attempt under way.</summary>
    public CancellationTokenSource? Stopping { get; set; }

    /// <summary>The checkpoint that must be committed before it may start.</summary>
    public int StartsAfter { get; set; }

    /// <summary>The items under way, for an iterating node.</summary>
    public Foreach? Foreach { get; set; }

    /// <summary>Restores a step that an earlier run began.</summary>
    public static Step Restore(Scope scope, NodePlan node, StepRow row, DateTimeOffset now)
    {
        var step = new Step(scope, node, row.StartedAt ?? now)
        {
            Attempt = row.Attempt,
            FailedAttempts = row.Attempts is { } attempts ? JsonSerializer.Deserialize(attempts, EngineJson.Default.ListAttemptRecord) ?? [] : [],
            State = row.State,
            WakeAt = row.WakeAt,
            SpanId = row.SpanId,
        };
        if (row.State is { ValueKind: JsonValueKind.Object } state && state.TryGetProperty(ChildrenState.Mark, out _))
        {
            var waiting = JsonSerializer.Deserialize(state, EngineJson.Default.ChildrenState)!;
            step.Children.UnionWith(waiting.Children);
            step.State = waiting.State;
        }
        return step;
    }

    /// <summary>The step as a row.</summary>
    public StepRow ToRow(StepStatus status, DateTimeOffset? finishedAt = null, JsonElement? output = null, string? branch = null, JsonElement? error = null) => new()
    {
        NodeId = Node.Id,
        Iteration = Scope.Iteration,
        Type = Node.Type.Name,
        Status = status,
        Attempt = Attempt,
        Attempts = FailedAttempts.Count == 0 ? null : JsonSerializer.SerializeToElement(FailedAttempts, EngineJson.Default.ListAttemptRecord),
        Branch = branch,
        Input = Input,
        Output = output,
        Error = error,
        State = status.IsFinal() ? null : Children.Count == 0 ? State : JsonSerializer.SerializeToElement(new ChildrenState([.. Children], State), EngineJson.Default.ChildrenState),
        WakeAt = status == StepStatus.Waiting ? WakeAt : null,
        SpanId = SpanId,
        StartedAt = StartedAt,
        FinishedAt = finishedAt,
        LatencyMs = (finishedAt - StartedAt)?.TotalMilliseconds,
    };
}

/// <summary>What a step is doing.</summary>
internal enum StepPhase
{
    /// <summary>May start as soon as there is room.</summary>
    Queued,

    /// <summary>An attempt is under way.</summary>
    Running,

    /// <summary>Sleeps until a time or a signal.</summary>
    Waiting,

    /// <summary>Its body runs.</summary>
    Iterating,
}

/// <summary>The items of an iterating step.</summary>
internal sealed class Foreach(Step step, ForeachState state)
{
    public Step Step { get; } = step;

    public IReadOnlyList<JsonElement> Items { get; } = state.Items;

    public int MaxConcurrency { get; } = state.MaxConcurrency;

    public bool ContinueOnError { get; } = state.ContinueOnError;

    public JsonElement[] Results { get; } = new JsonElement[state.Items.Count];

    public List<ForeachItemError> Errors { get; } = [];

    /// <summary>The items under way.</summary>
    public HashSet<Scope> Active { get; } = [];

    /// <summary>The next item to start.</summary>
    public int Next { get; set; }

    /// <summary>Why no further item starts; null while all is well.</summary>
    public ExecutionError? Failure { get; set; }

    public bool Stopping { get; set; }

    /// <summary>The place of an item's steps.</summary>
    public string IterationOf(int index) =>
        Step.Scope.Iteration.Length == 0 ? $"{index}" : $"{Step.Scope.Iteration}.{index}";
}
