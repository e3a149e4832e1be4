using System.Text.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.If;

/// <summary>Takes one of two ways.</summary>
internal sealed class IfExecutor() : NodeExecutor<IfConfig>(Describe, IfJson.Default.IfConfig), IDescribesNode
{
    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "if",
        Title = "If",
        Description = "Takes the edge labelled true or false, as a condition says.",
        Category = "logic",
        ConfigSchema = NodeSchema.Load("if"),
        Computes = true,
        Branches = ["true", "false"],
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(IfConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (config.Condition.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            // Nothing counts as true by accident: "false", 0 and null would each surprise somebody.
            return new(NodeOutcome.Fail("invalid_config",
                $"The condition of node '{context.NodeId}' gave {ScalarText.KindOf(config.Condition)} instead of true or false. Compare it with something, as in {{{{ steps.x.count > 0 }}}}."));
        }
        var result = config.Condition.GetBoolean();
        return new(new NodeOutcome.Completed(
            JsonSerializer.SerializeToElement(new IfOutput(result), IfJson.Default.IfOutput),
            result ? "true" : "false"));
    }
}
