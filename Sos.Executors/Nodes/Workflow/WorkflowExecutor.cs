using System.Text.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Workflow;

/// <summary>Runs another workflow as a child execution and waits for its end.</summary>
internal sealed class WorkflowExecutor() : NodeExecutor<WorkflowConfig>(Describe, WorkflowJson.Default.WorkflowConfig), IDescribesNode
{
    private static readonly JsonElement Null = JsonElement.Parse("null"u8);
    private static readonly JsonElement NoInput = JsonElement.Parse("{}"u8);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "workflow",
        Title = "Workflow",
        Description = "Runs another workflow of the same workspace and gives its output.",
        Category = "flow",
        ConfigSchema = NodeSchema.Load("workflow"),
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(WorkflowConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (context.Signal is { Kind: "child" } signal)
            return new(Ended(signal.Payload.Deserialize(ChildSignalJson.Default.ChildSignal)!, config, context));
        if (string.IsNullOrWhiteSpace(config.Workflow))
            return new(NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}' names no workflow: its config's workflow is empty."));
        if (config.Version < 1)
            return new(NodeOutcome.Fail("invalid_config", $"The version in the config of node '{context.NodeId}' is {config.Version}; versions count from 1."));
        return new(new NodeOutcome.CallsWorkflows([new WorkflowCall(
            Guid.CreateVersion7(context.Time.GetUtcNow()),
            config.Workflow.Trim(),
            config.Version,
            config.Input.ValueKind == JsonValueKind.Undefined ? NoInput : config.Input)]));
    }

    private static NodeOutcome Ended(ChildSignal child, WorkflowConfig config, NodeContext context)
    {
        switch (child.Status)
        {
            case "completed":
                return new NodeOutcome.Completed(child.Output ?? Null);
            case "cancelled":
                return Failed("child_cancelled", $"The execution {child.ExecutionId} of workflow '{config.Workflow}' was cancelled.", retryable: false);
            case "failed":
                var why = child.Error is { ValueKind: JsonValueKind.Object } error && error.TryGetProperty("message", out var message)
                    ? ScalarText.Of(message)
                    : null;
                return Failed("child_failed", $"The execution {child.ExecutionId} of workflow '{config.Workflow}' failed: {why ?? "it gave no reason."}", retryable: true);
            default:
                return NodeOutcome.Fail("invalid_signal", $"Node '{context.NodeId}' was told that its child execution is '{child.Status}', which is no end.");
        }

        NodeOutcome.Failed Failed(string code, string message, bool retryable) => new(new NodeError(code, message)
        {
            Retryable = retryable,
            Details = JsonSerializer.SerializeToElement(
                new ChildErrorDetails(child.ExecutionId, config.Workflow, child.Error),
                WorkflowJson.Default.ChildErrorDetails),
        });
    }
}
