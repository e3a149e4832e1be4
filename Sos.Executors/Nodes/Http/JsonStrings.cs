using System.Buffers;
using System.Text.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>Rewrites the strings of a JSON value, property names included; they must be valid text.</summary>
internal static class JsonStrings
{
    /// <summary>The value with every string passed through <paramref name="rewrite"/>.</summary>
    public static JsonElement Rewrite(JsonElement value, Func<string, string> rewrite)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(value, rewrite, writer);
        return JsonElement.Parse(buffer.WrittenSpan);
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
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
