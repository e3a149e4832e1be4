using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Api.Pages.Workflows;

/// <summary>Definitions and parts of them as people read them.</summary>
internal static class DefinitionText
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON with a line for each property; pages encode it where they show it.</summary>
    public static string Of(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
            value.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The same with properties in the order in which the database keeps them, for a comparison with what has no other.</summary>
    public static string InStoredOrder(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
            WriteOrdered(value, writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A node by its id, also in the bodies of others; null where there is none.</summary>
    public static NodeDefinition? Find(GraphDefinition graph, string id, NodeCatalog catalog) =>
        graph.Nodes.SelectMany(n => n.WithBody(catalog)).FirstOrDefault(n => n.Id == id);

    private static void WriteOrdered(JsonElement value, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                // As jsonb does: by length in UTF-8, and then by bytes.
                foreach (var (name, property) in value.EnumerateObject().Select(p => (Name: Encoding.UTF8.GetBytes(p.Name), p.Value))
                    .OrderBy(p => p.Name.Length).ThenBy(p => p.Name, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))))
                {
                    writer.WritePropertyName(name);
                    WriteOrdered(property, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    WriteOrdered(item, writer);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
