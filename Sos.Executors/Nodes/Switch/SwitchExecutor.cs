using System.Text.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Switch;

/// <summary>Takes the way that a value names.</summary>
internal sealed class SwitchExecutor() : NodeExecutor<SwitchConfig>(Describe, SwitchJson.Default.SwitchConfig), IDescribesNode
{
    /// <summary>The branch of values that no case or edge names.</summary>
    public const string DefaultBranch = "default";

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "switch",
        Title = "Switch",
        Description = "Takes the edge whose label equals a value, or the one labelled default.",
        Category = "logic",
        ConfigSchema = NodeSchema.Load("switch"),
        Computes = true,
        Branches = null,
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(SwitchConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var label = config.Value.ValueKind == JsonValueKind.Null ? "null" : ScalarText.Of(config.Value);
        if (label is null)
        {
            return new(NodeOutcome.Fail("invalid_config",
                $"The value of node '{context.NodeId}' is {ScalarText.KindOf(config.Value)}; a switch needs text, a number, a boolean or null."));
        }
        var branch = config.Cases is { } cases && !cases.Contains(label, StringComparer.Ordinal) ? DefaultBranch : label;
        return new(new NodeOutcome.Completed(
            JsonSerializer.SerializeToElement(new SwitchOutput(config.Value, branch), SwitchJson.Default.SwitchOutput),
            branch));
    }
}
