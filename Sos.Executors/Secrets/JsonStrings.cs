using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sos.Executors.Secrets;

/// <summary>Rewrites the strings of a JSON value, property names included; they must be valid text. A number that is changed becomes a string.</summary>
internal static class JsonStrings
{
    private static readonly JsonDocumentOptions AsDeepAsItCame = new() { MaxDepth = 1_000 };
    private static readonly JsonWriterOptions AsShortAsItCame = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The value with every string passed through <paramref name="rewrite"/>.</summary>
    public static JsonElement Rewrite(JsonElement value, Func<string, string> rewrite)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, AsShortAsItCame))
            Write(value, rewrite, writer);
        return JsonElement.Parse(buffer.WrittenSpan, AsDeepAsItCame);
    }

    private static void Write(JsonElement value, Func<string, string> rewrite, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(rewrite(property.Name));
                    Write(property.Value, rewrite, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(item, rewrite, writer);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(rewrite(value.GetString()!));
                break;
            case JsonValueKind.Number when value.GetRawText() is var number && rewrite(number) is var rewritten && rewritten != number:
                writer.WriteStringValue(rewritten);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
