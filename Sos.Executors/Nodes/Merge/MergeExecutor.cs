using System.Text.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Merge;

/// <summary>Brings several ways together and combines what they bring.</summary>
internal sealed class MergeExecutor() : NodeExecutor<MergeConfig>(Describe, MergeJson.Default.MergeConfig), IDescribesNode
{
    private static readonly JsonElement Null = JsonElement.Parse("null"u8);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "merge",
        Title = "Merge",
        Description = "Waits for several ways to arrive and combines their results.",
        Category = "logic",
        ConfigSchema = NodeSchema.Load("merge"),
        Computes = true,
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(MergeConfig config, NodeContext context, CancellationToken cancellationToken) => new(config switch
    {
        { Inputs.ValueKind: JsonValueKind.Undefined } => new NodeOutcome.Completed(Null),
        { Inputs.ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) } => NodeOutcome.Fail("invalid_config",
            $"The inputs of node '{context.NodeId}' are {ScalarText.KindOf(config.Inputs)}; a merge needs an object or a list."),
        { Mode: MergeMode.First } => First(config),
        { Mode: MergeMode.Array } => Listed(config),
        { Inputs.ValueKind: JsonValueKind.Object } => Named(config),
        _ => PutTogether(config, context.NodeId),
    });

    private static NodeOutcome.Completed First(MergeConfig config) =>
        new(Values(config.Inputs).FirstOrDefault(v => v.ValueKind != JsonValueKind.Null, Null));

    private static NodeOutcome.Completed Listed(MergeConfig config) =>
        new(JsonSerializer.SerializeToElement(Values(config.Inputs).Where(v => Keeps(config, v)), MergeJson.Default.IEnumerableJsonElement));

    private static NodeOutcome.Completed Named(MergeConfig config)
    {
        Dictionary<string, JsonElement> merged = [];
        foreach (var input in config.Inputs.EnumerateObject().Where(p => Keeps(config, p.Value)))
            merged[input.Name] = input.Value;
        return Completed(merged);
    }

    private static NodeOutcome PutTogether(MergeConfig config, string nodeId)
    {
        Dictionary<string, JsonElement> merged = [];
        foreach (var (index, input) in config.Inputs.EnumerateArray().Index())
        {
            if (input.ValueKind == JsonValueKind.Null)
                continue;
            if (input.ValueKind != JsonValueKind.Object)
            {
                return NodeOutcome.Fail("invalid_config",
                    $"Input {index} of node '{nodeId}' is {ScalarText.KindOf(input)}; mode object puts the properties of objects together. Name the inputs, as in \"inputs\": {{ \"a\": … }}, or use mode array.");
            }
            foreach (var property in input.EnumerateObject().Where(p => Keeps(config, p.Value)))
                merged[property.Name] = property.Value;
        }
        return Completed(merged);
    }

    private static NodeOutcome.Completed Completed(Dictionary<string, JsonElement> merged) =>
        new(JsonSerializer.SerializeToElement(merged, MergeJson.Default.DictionaryStringJsonElement));

    private static bool Keeps(MergeConfig config, JsonElement value) => !config.DropNulls || value.ValueKind != JsonValueKind.Null;

    private static IEnumerable<JsonElement> Values(JsonElement inputs) => inputs.ValueKind == JsonValueKind.Object
        ? inputs.EnumerateObject().Select(p => p.Value)
        : inputs.EnumerateArray();
}
