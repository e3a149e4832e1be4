using System.Text.Json;

namespace Sos.Executors.Nodes;

/// <summary>What one attempt at a node came to.</summary>
public abstract record NodeOutcome
{
    private NodeOutcome() { }

    /// <summary>The node finished.</summary>
    /// <param name="Output">What later nodes see as <c>steps.id</c>.</param>
    /// <param name="Branch">The label that the <c>when</c> of outgoing edges is compared with; null takes only edges without one.</param>
    public sealed record Completed(JsonElement Output, string? Branch = null) : NodeOutcome;

    /// <summary>The attempt failed; it is tried again if the error is retryable and the node's policy allows.</summary>
    public sealed record Failed(NodeError Error) : NodeOutcome;

    /// <summary>The node has nothing to do for now and gives up its slot; it is called again when it wakes.</summary>
    /// <param name="Until">When to wake by itself; null to wake only by a signal.</param>
    /// <param name="State">What it wants to see again in <see cref="NodeContext.State"/>.</param>
    public sealed record Waiting(DateTimeOffset? Until, JsonElement State) : NodeOutcome;

    /// <summary>
    /// The engine starts executions of other workflows, and calls the node again with a <c>child</c> signal for each of
    /// them that has ended.
    /// </summary>
    /// <param name="Calls">The workflows to start; at least one.</param>
    /// <param name="State">What the node wants to see again in <see cref="NodeContext.State"/>.</param>
    /// <param name="Until">When to be called again at the latest; null to wait as long as it takes.</param>
    public sealed record CallsWorkflows(IReadOnlyList<WorkflowCall> Calls, JsonElement? State = null, DateTimeOffset? Until = null) : NodeOutcome;

    /// <summary>
    /// The engine runs the node's body once per item and completes the node with
    /// <c>{results, errors, succeeded, failed}</c>, results in the order of items.
    /// </summary>
    /// <param name="Items">The items; each run sees its own as <c>item</c> and its position, from 0, as <c>index</c>.</param>
    /// <param name="MaxConcurrency">How many items run at once, at least 1.</param>
    /// <param name="ContinueOnError">Whether a failed item leaves null among the results, or fails the node and cancels the rest.</param>
    public sealed record Iterates(IReadOnlyList<JsonElement> Items, int MaxConcurrency, bool ContinueOnError) : NodeOutcome;

    /// <summary>A failure in short.</summary>
    public static NodeOutcome Fail(string code, string message, bool retryable = false) =>
        new Failed(new NodeError(code, message) { Retryable = retryable });
}

/// <summary>A workflow to start as a child execution.</summary>
/// <param name="ExecutionId">The child's id, a new UUIDv7.</param>
/// <param name="Workflow">The other workflow's id or name, in the same workspace.</param>
/// <param name="Version">Its version; null for the latest.</param>
/// <param name="Input">The child's input.</param>
public sealed record WorkflowCall(Guid ExecutionId, string Workflow, int? Version, JsonElement Input);

/// <summary>Why an attempt failed.</summary>
/// <param name="Code">A stable snake_case code; also the span's <c>error.type</c>.</param>
/// <param name="Message">A sentence: what is wrong, where, and what to do. Never a secret.</param>
public sealed record NodeError(string Code, string Message)
{
    /// <summary>Whether another attempt may go better.</summary>
    public bool Retryable { get; init; }

    /// <summary>How long the other side asked to be left alone (<c>Retry-After</c>); lengthens the policy's delay.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>More about the failure, kept with the step.</summary>
    public JsonElement? Details { get; init; }

    /// <summary>What was thrown, for the span's exception event; its message must be free of secrets.</summary>
    public Exception? Exception { get; init; }
}
