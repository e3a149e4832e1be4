using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Definitions.Import;

/// <summary>
/// Turns a React Flow document (<c>nodes[].data.{type, config, label}</c>, <c>edges[].{source, target, sourceHandle}</c>)
/// into a definition. Positions stay; what only draws (styles, handles' places, the viewport) is left out.
/// </summary>
public static partial class ReactFlowImport
{
    private const string UnnamedWorkflow = "Imported workflow";
    private static readonly StorableJsonLimits Limits = new() { MaxBytes = 4 * 1024 * 1024 };
    private static readonly string[] WorkflowProperties = ["name", "description", "inputSchema", "output", "timeout"];
    private static readonly string[] NodeProperties = ["retry", "timeout", "join"];

    /// <summary>Whether a document has React Flow's shape: nodes with <c>data</c>, or edges with <c>source</c> and <c>target</c>.</summary>
    public static bool Recognises(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object
        && (Items(document, "nodes").Any(n => Get(n.Json, "data") is { ValueKind: JsonValueKind.Object })
            || Items(document, "edges").Any(e => Get(e.Json, "source") is not null && Get(e.Json, "target") is not null));

    /// <summary>Converts a document; false when it does not have React Flow's shape, or can't be stored at all.</summary>
    /// <param name="document">The document, at most 4 MiB.</param>
    /// <param name="imported">The definition, with its nodes and edges in the document's order.</param>
    public static bool TryImport(JsonElement document, [NotNullWhen(true)] out ImportedDefinition? imported)
    {
        imported = null;
        if (StorableJson.Check(document, Limits).Count > 0 || !Recognises(document))
            return false;
        var warnings = new List<ImportWarning>();
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (document.TextMember("name") is null)
                writer.WriteString("name", UnnamedWorkflow);
            Copy(document, WorkflowProperties, writer);
            var ids = WriteNodes(document, writer, warnings);
            WriteEdges(document, ids, writer);
            writer.WriteEndObject();
        }
        imported = new ImportedDefinition(JsonElement.Parse(buffer.WrittenSpan), warnings);
        return true;
    }

    private static Dictionary<string, string> WriteNodes(JsonElement document, Utf8JsonWriter writer, List<ImportWarning> warnings)
    {
        var ids = new NodeIds(Items(document, "nodes").Select(n => Id(n.Json)).OfType<string>());
        writer.WriteStartArray("nodes");
        foreach (var (pointer, node) in Items(document, "nodes"))
        {
            var data = Get(node, "data") is { ValueKind: JsonValueKind.Object } found ? found : default(JsonElement?);
            if (data is null && node.TextMember("type") is "group" or "note" or "annotation" or "comment")
            {
                warnings.Add(new(pointer, "node_left_out", $"The node only draws ('{node.TextMember("type")}') and was left out."));
                continue;
            }
            writer.WriteStartObject();
            if (Id(node) is { } id)
                writer.WriteString("id", ids.Add(id, pointer, warnings));
            WriteData(node, data, pointer, writer, warnings);
            WritePosition(node, writer);
            writer.WriteEndObject();
            if (Get(node, "parentId") is not null || Get(node, "parentNode") is not null)
                warnings.Add(new(pointer, "group_left_out", "The node is inside of another on the canvas; the group was left out, the node stays."));
        }
        writer.WriteEndArray();
        return ids.ByOriginal;
    }

    private static void WriteData(JsonElement node, JsonElement? data, string pointer, Utf8JsonWriter writer, List<ImportWarning> warnings)
    {
        // A node's own type names how it is drawn; it is a step's type only where data has none.
        if ((data is { } typed ? typed.TextMember("type") : null) is { } type)
            writer.WriteString("type", type);
        else if (node.TextMember("type") is { } drawn)
        {
            writer.WriteString("type", drawn);
            warnings.Add(new(pointer + "/type", "type_from_drawing", $"The node has no 'data.type', so the type it is drawn with, '{drawn}', was taken."));
        }
        if (data is not { } content)
            return;
        if (content.TextMember("label") is { } label && label != node.TextMember("id"))
            writer.WriteString("name", label);
        if (Get(content, "config") is { } config)
        {
            writer.WritePropertyName("config");
            config.WriteTo(writer);
        }
        Copy(content, NodeProperties, writer);
        var dropped = content.EnumerateObject().Select(p => p.Name).Except(["type", "label", "config", .. NodeProperties], StringComparer.Ordinal).ToList();
        if (dropped.Count > 0)
            warnings.Add(new(pointer + "/data", "data_left_out", $"Only 'type', 'label', 'config', 'retry', 'timeout' and 'join' of a node's data are kept; left out: {JsonWords.And(dropped)}."));
    }

    private static void WritePosition(JsonElement node, Utf8JsonWriter writer)
    {
        if (Get(node, "position") is not { ValueKind: JsonValueKind.Object } position
            || Get(position, "x") is not { ValueKind: JsonValueKind.Number } x || Get(position, "y") is not { ValueKind: JsonValueKind.Number } y)
        {
            return;
        }
        writer.WriteStartObject("position");
        writer.WritePropertyName("x");
        x.WriteTo(writer);
        writer.WritePropertyName("y");
        y.WriteTo(writer);
        writer.WriteEndObject();
    }

    private static void WriteEdges(JsonElement document, Dictionary<string, string> ids, Utf8JsonWriter writer)
    {
        writer.WriteStartArray("edges");
        foreach (var (_, edge) in Items(document, "edges"))
        {
            writer.WriteStartObject();
            WriteEnd("from", Get(edge, "source"));
            WriteEnd("to", Get(edge, "target"));
            var handle = edge.TextMember("sourceHandle")?.Trim() ?? "";
            if (ErrorHandle.IsMatch(handle))
                writer.WriteString("on", "error");
            else if (handle.Length > 0 && !PlainHandle.IsMatch(handle))
                writer.WriteString("when", handle);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();

        void WriteEnd(string name, JsonElement? end)
        {
            if (end is { } value && AsId(value) is { } id)
                writer.WriteString(name, ids.GetValueOrDefault(id, id));
        }
    }

    private static void Copy(JsonElement from, string[] names, Utf8JsonWriter writer)
    {
        foreach (var name in names)
        {
            if (Get(from, name) is not { } value)
                continue;
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }

    private static IEnumerable<(string Pointer, JsonElement Json)> Items(JsonElement document, string name) =>
        Get(document, name) is { ValueKind: JsonValueKind.Array } array
            ? array.EnumerateArray().Select((item, i) => (Pointer: $"/{name}/{i}", Json: item)).Where(i => i.Json.ValueKind == JsonValueKind.Object)
            : [];

    /// <summary>A property that is there and not null.</summary>
    private static JsonElement? Get(JsonElement owner, string name) =>
        owner.Member(name) is { ValueKind: not JsonValueKind.Null } value ? value : null;

    private static string? Id(JsonElement node) => Get(node, "id") is { } id ? AsId(id) : null;

    private static string? AsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.String => id.GetString(),
        JsonValueKind.Number => id.GetRawText(),
        _ => null,
    };

    [GeneratedRegex("^((on[-_]?)?(error|failure|failed|fail)|catch)$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ErrorHandle { get; }

    // Handles that only say where on the node the edge begins.
    [GeneratedRegex("^(default|outputs?|source|out|main|next|success|done|right|left|top|bottom)([-_ ]?[0-9]+)?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PlainHandle { get; }
}
