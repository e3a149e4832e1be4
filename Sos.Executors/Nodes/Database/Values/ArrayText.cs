using System.Text;
using System.Text.Json;

namespace Sos.Executors.Nodes.Database.Values;

/// <summary>PostgreSQL's text form of arrays: <c>{1,NULL,"a b"}</c> (its manual, chapter 8.15.6).</summary>
internal static class ArrayText
{
    /// <summary>A JSON list as an array's text.</summary>
    public static string Write(JsonElement list)
    {
        var text = new StringBuilder();
        Write(list, text);
        return text.ToString();
    }

    /// <summary>Writes an array's text as a JSON list.</summary>
    /// <param name="text">The text, as PostgreSQL writes it.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="element">Writes an element's text.</param>
    public static void Read(string text, Utf8JsonWriter writer, Action<string> element)
    {
        // [0:2]={1,2,3}: where the numbers of the elements begin is not kept.
        var at = text.StartsWith('[') ? text.IndexOf('=', StringComparison.Ordinal) + 1 : 0;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case '{':
                    writer.WriteStartArray();
                    at++;
                    break;
                case '}':
                    writer.WriteEndArray();
                    at++;
                    break;
                case ',':
                    at++;
                    break;
                case '"':
                    element(Quoted(text, ref at));
                    break;
                default:
                    var end = text.AsSpan(at).IndexOfAny(',', '}') is >= 0 and var length ? at + length : text.Length;
                    var plain = text[at..end];
                    at = end;
                    if (plain.Equals("NULL", StringComparison.OrdinalIgnoreCase))
                        writer.WriteNullValue();
                    else
                        element(plain);
                    break;
            }
        }
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                text.Append('{');
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    Write(item, text);
                }
                text.Append('}');
                break;
            case JsonValueKind.Null:
                text.Append("NULL");
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                text.Append(value.GetRawText());
                break;
            default:
                var plain = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
                text.Append('"').Append(plain.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
                break;
        }
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; text[at] != '"'; at++)
        {
            if (text[at] == '\\')
                at++;
            value.Append(text[at]);
        }
        at++;
        return value.ToString();
    }
}
