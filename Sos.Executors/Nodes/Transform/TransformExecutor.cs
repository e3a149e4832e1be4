using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Transform;

/// <summary>Builds a value with expressions.</summary>
internal sealed class TransformExecutor() : NodeExecutor<TransformConfig>(Describe, TransformJson.Default.TransformConfig), IDescribesNode
{
    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "transform",
        CanBeTool = true,
        Title = "Transform",
        Description = "Builds a value from the input and earlier steps with expressions.",
        Category = "data",
        ConfigSchema = NodeSchema.Load("transform"),
        Computes = true,
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(TransformConfig config, NodeContext context, CancellationToken cancellationToken) =>
        new(new NodeOutcome.Completed(config.Value));
}
