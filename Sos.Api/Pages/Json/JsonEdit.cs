using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Json;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Json;

/// <summary>Reading and changing a document that somebody edits, place by place.</summary>
internal static class JsonEdit
{
    /// <summary>How JSON is written for people.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, MaxDepth = DefinitionLimits.Nesting, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text; null for anything else.</summary>
    public static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    /// <summary>What is at a pointer; null where there is nothing (or a JSON null).</summary>
    public static JsonNode? At(JsonNode? root, string pointer)
    {
        foreach (var segment in JsonPointer.Segments(pointer))
        {
            root = root switch
            {
                JsonObject o => o[segment],
                JsonArray a when int.TryParse(segment, out var i) && i >= 0 && i < a.Count => a[i],
                _ => null,
            };
        }
        return root;
    }

    /// <summary>Puts a value at a pointer. Objects on the way, and an array to add to, are made where they are missing; <c>-</c> is the end of an array.</summary>
    public static void Set(JsonObject root, string pointer, JsonNode? value)
    {
        var segments = JsonPointer.Segments(pointer);
        JsonNode holder = root;
        for (var i = 0; i < segments.Length - 1; i++)
        {
            var next = At(holder, JsonPointer.Append("", segments[i]));
            if (next is not (JsonObject or JsonArray))
            {
                next = segments[i + 1] == "-" ? new JsonArray() : new JsonObject();
                Put(holder, segments[i], next);
            }
            holder = next;
        }
        Put(holder, segments[^1], value);
    }

    /// <summary>Takes away what is at a pointer; an object that it leaves empty and that was optional stays.</summary>
    public static void Remove(JsonObject root, string pointer)
    {
        var segments = JsonPointer.Segments(pointer);
        switch (At(root, string.Concat(segments.SkipLast(1).Select(s => JsonPointer.Append("", s)))))
        {
            case JsonObject o:
                o.Remove(segments[^1]);
                break;
            case JsonArray a when int.TryParse(segments[^1], out var index) && index >= 0 && index < a.Count:
                a.RemoveAt(index);
                break;
        }
    }

    private static void Put(JsonNode holder, string segment, JsonNode? value)
    {
        switch (holder)
        {
            case JsonObject o:
                o[segment] = value;
                break;
            case JsonArray a when int.TryParse(segment, out var index) && index >= 0 && index < a.Count:
                a[index] = value;
                break;
            case JsonArray a:
                a.Add(value);
                break;
        }
    }
}
