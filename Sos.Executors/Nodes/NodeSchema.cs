using System.Text.Json;

namespace Sos.Executors.Nodes;

/// <summary>Reads the JSON schema that lies in a node type's folder as <c>{name}.schema.json</c>.</summary>
internal static class NodeSchema
{
    public static JsonElement Load(string nodeType)
    {
        using var stream = typeof(NodeSchema).Assembly.GetManifestResourceStream($"{nodeType}.schema.json")
            ?? throw new InvalidOperationException($"The schema of node type '{nodeType}' is not embedded as {nodeType}.schema.json.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
