using System.Text.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Foreach;

/// <summary>Runs a graph of its own once per item.</summary>
internal sealed class ForeachExecutor() : NodeExecutor<ForeachConfig>(Describe, ForeachJson.Default.ForeachConfig), IDescribesNode
{
    /// <summary>The most items that one node takes.</summary>
    public const int MaxItems = 10_000;

    private const int MaxConcurrency = 100;

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "foreach",
        Title = "For each",
        Description = "Runs a graph of its own for each item of a list, several at once, and gathers the results.",
        Category = "flow",
        ConfigSchema = NodeSchema.Load("foreach"),
        BodyProperty = "body",
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(ForeachConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var count = config.Items.ValueKind switch
        {
            JsonValueKind.Array => config.Items.GetArrayLength(),
            JsonValueKind.Object => config.Items.GetPropertyCount(),
            _ => -1,
        };
        if (count < 0)
        {
            return new(NodeOutcome.Fail("invalid_config",
                $"The items of node '{context.NodeId}' are {ScalarText.KindOf(config.Items)}; foreach needs a list or an object."));
        }
        if (count > MaxItems)
            return new(NodeOutcome.Fail("too_many_items", $"Node '{context.NodeId}' got {count} items; at most {MaxItems} run in one foreach. Split the list."));
        if (config.MaxConcurrency is < 1 or > MaxConcurrency)
        {
            return new(NodeOutcome.Fail("invalid_config",
                $"maxConcurrency of node '{context.NodeId}' is {config.MaxConcurrency}; it must be from 1 to {MaxConcurrency}."));
        }
        return new(new NodeOutcome.Iterates(Items(config.Items), config.MaxConcurrency, config.OnItemError == OnItemError.Continue));
    }

    private static JsonElement[] Items(JsonElement items) => items.ValueKind == JsonValueKind.Array
        ? [.. items.EnumerateArray()]
        : [.. items.EnumerateObject().Select(p => JsonSerializer.SerializeToElement(new ForeachEntry(p.Name, p.Value), ForeachJson.Default.ForeachEntry))];
}
