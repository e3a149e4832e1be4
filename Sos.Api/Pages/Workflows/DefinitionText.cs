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

    /// <summary>A node by its id, also in the bodies of others; null where there is none.</summary>
    public static NodeDefinition? Find(GraphDefinition graph, string id, NodeCatalog catalog) =>
        graph.Nodes.SelectMany(n => n.WithBody(catalog)).FirstOrDefault(n => n.Id == id);
}
