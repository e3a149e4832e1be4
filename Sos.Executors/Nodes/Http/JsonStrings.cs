using System.Buffers;
using System.Text.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>Rewrites the strings of a JSON value, property names included.</summary>
internal static class JsonStrings
{
    /// <summary>
    /// The value with every string passed through <paramref name="rewrite"/>. Unless <paramref name="always"/>, only if it
    /// has an escape by number (<c>\u0000</c>), since all else is what it says.
    /// </summary>
    /// <exception cref="JsonException">A string is no valid text: it holds half of a surrogate pair.</exception>
    public static JsonElement Rewrite(JsonElement value, Func<string, string> rewrite, bool always)
    {
        if (!always && !value.GetRawText().Contains("\\u", StringComparison.Ordinal))
            return value;
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var writer = new Utf8JsonWriter(buffer);
            Write(value, rewrite, writer);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string holds half of a surrogate pair.", e);
        }
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
