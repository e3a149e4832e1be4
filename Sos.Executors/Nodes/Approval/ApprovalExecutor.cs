using System.Text.Json;
using Sos.Workflows.Nodes;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Approval;

/// <summary>Waits for a person to approve or reject; holds no slot meanwhile.</summary>
/// <remarks>Whether the person may decide is checked where the decision comes in; the state says who may.</remarks>
internal sealed class ApprovalExecutor() : NodeExecutor<ApprovalConfig>(Describe, ApprovalJson.Default.ApprovalConfig), IDescribesNode
{
    private const string Approve = "approve";
    private const string Reject = "reject";

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "approval",
        Title = "Approval",
        Description = "Waits until a person approves or rejects, and takes the edge labelled approved or rejected.",
        Category = "flow",
        ConfigSchema = NodeSchema.Load("approval"),
        Branches = ["approved", "rejected"],
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(ApprovalConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        var state = context.State?.Deserialize(ApprovalJson.Default.ApprovalState) ?? new ApprovalState
        {
            Message = ScalarText.Of(config.Message) ?? config.Message.GetRawText(),
            Approvers = config.Approvers ?? [],
            RequestedAt = now,
            ExpiresAt = now + config.ExpiresIn,
            OnExpiry = config.OnExpiry,
        };
        if (context.Signal is { Kind: "approval" } signal)
            return new(Decided(signal.Payload.Deserialize(ApprovalSignalJson.Default.ApprovalSignal), context.NodeId, now));
        return new(state.ExpiresAt is { } expiresAt && expiresAt <= now
            ? Expired(state, expiresAt, context)
            : new NodeOutcome.Waiting(state.ExpiresAt, JsonSerializer.SerializeToElement(state, ApprovalJson.Default.ApprovalState)));
    }

    private static NodeOutcome Decided(ApprovalSignal? signal, string nodeId, DateTimeOffset now) => signal?.Decision is Approve or Reject
        ? Complete(new ApprovalOutput(signal.Decision, signal.Decision == Approve, signal.Comment, signal.UserId, signal.DecidedAt ?? now, Expired: false))
        : NodeOutcome.Fail("invalid_signal", $"Node '{nodeId}' got the decision '{signal?.Decision}'; it must be '{Approve}' or '{Reject}'.");

    private static NodeOutcome Expired(ApprovalState state, DateTimeOffset expiresAt, NodeContext context)
    {
        if (state.OnExpiry == OnExpiry.Fail)
            return NodeOutcome.Fail("approval_expired", $"Nobody decided on node '{context.NodeId}' before {expiresAt:yyyy-MM-dd HH:mm:ss} UTC.");
        var approved = state.OnExpiry == OnExpiry.Approve;
        var outcome = Complete(new ApprovalOutput(approved ? Approve : Reject, approved, Comment: null, UserId: null, expiresAt, Expired: true));

        // A person's decision is logged when it comes in; nobody but this node knows of this one.
        context.AddEvent(EventTypes.ApprovalDecided, approved ? Approve : Reject, outcome.Output);
        return outcome;
    }

    private static NodeOutcome.Completed Complete(ApprovalOutput output) =>
        new(JsonSerializer.SerializeToElement(output, ApprovalJson.Default.ApprovalOutput), output.Approved ? "approved" : "rejected");
}
