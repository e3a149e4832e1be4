using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes;

/// <summary>
/// Runs the nodes of one type. One instance serves all executions at once, so it holds no state of a run.
/// </summary>
/// <remarks>
/// A node that returns <see cref="NodeOutcome.Waiting"/> (or one of its relatives) is called again when it wakes,
/// with <see cref="NodeContext.State"/> and, where one came, <see cref="NodeContext.Signal"/>. After a crash a node
/// that was running is called again with the same <see cref="NodeContext.IdempotencyKey"/>. Exceptions other than
/// cancellation count as a failure that is not retried: return <see cref="NodeOutcome.Failed"/> for what can be foreseen.
/// </remarks>
public abstract class NodeExecutor
{
    /// <summary>What this executor runs.</summary>
    public abstract NodeType Type { get; }

    /// <summary>Runs one attempt.</summary>
    public abstract ValueTask<NodeOutcome> ExecuteAsync(NodeContext context, CancellationToken cancellationToken);
}

/// <summary>A node executor that reads its config as <typeparamref name="TConfig"/>.</summary>
public abstract class NodeExecutor<TConfig>(NodeType type, JsonTypeInfo<TConfig> configJson) : NodeExecutor
    where TConfig : class
{
    /// <inheritdoc/>
    public sealed override NodeType Type => type;

    /// <inheritdoc/>
    public sealed override ValueTask<NodeOutcome> ExecuteAsync(NodeContext context, CancellationToken cancellationToken)
    {
        TConfig? config;
        try
        {
            config = context.Config.Deserialize(configJson);
        }
        catch (JsonException e)
        {
            return new(NodeOutcome.Fail("invalid_config", $"The config of node '{context.NodeId}' does not fit at {e.Path ?? "$"}: an expression there gave a value of another type than '{Type.Name}' needs."));
        }
        return config is null
            ? new(NodeOutcome.Fail("invalid_config", $"The config of node '{context.NodeId}' is null."))
            : ExecuteAsync(config, context, cancellationToken);
    }

    /// <summary>Runs one attempt with the config whose expressions have been evaluated.</summary>
    protected abstract ValueTask<NodeOutcome> ExecuteAsync(TConfig config, NodeContext context, CancellationToken cancellationToken);
}

/// <summary>Names a node executor's type without an instance of it, so that a process that only validates needs none.</summary>
public interface IDescribesNode
{
    /// <summary>The type that the executor runs.</summary>
    static abstract NodeType Describe { get; }
}
