using System.Text.Json;
using Npgsql.PostgresTypes;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Database.Values;

/// <summary>
/// PostgreSQL's values as JSON, from their text forms under <see cref="DatabaseSettings"/>: nothing is rounded or lost.
/// </summary>
internal static class DatabaseValue
{
    // Leaves room for what an output, a step and an API's answer put around it: readers stop at 64.
    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 50 };

    /// <summary>Writes a value.</summary>
    /// <param name="text">Its text form.</param>
    /// <param name="type">Its type.</param>
    /// <param name="writer">Where to.</param>
    public static void Write(string text, PostgresType type, Utf8JsonWriter writer)
    {
        while (type is PostgresDomainType domain)
            type = domain.BaseType;
        if (type is PostgresArrayType { Element: { Name: not "box" } element })
        {
            ArrayText.Read(text, writer, item => Write(item, element, writer));
            return;
        }
        switch (type.Namespace is "pg_catalog" ? type.InternalName : "")
        {
            case "bool":
                writer.WriteBooleanValue(text == "t");
                break;
            case "int2" or "int4" or "int8" or "oid":
                writer.WriteRawValue(text);
                break;
            case "float4" or "float8":
                if (text is "NaN" or "Infinity" or "-Infinity")
                    writer.WriteStringValue(text);
                else
                    writer.WriteRawValue(text);
                break;
            case "json" or "jsonb":
                WriteJson(text, writer);
                break;
            case "bytea" when text.StartsWith("\\x", StringComparison.Ordinal):
                writer.WriteBase64StringValue(Convert.FromHexString(text.AsSpan(2)));
                break;
            case "timestamptz":
                writer.WriteStringValue(Instant(text));
                break;
            case "timestamp":
                writer.WriteStringValue(WithT(text));
                break;
            default:
                writer.WriteStringValue(text);
                break;
        }
    }

    // 2026-11-05 09:00:00.5+00 in UTC; what RFC 3339 has no form for (infinity, BC, years of five digits) stays as it is.
    private static string Instant(string text) =>
        text.EndsWith("+00", StringComparison.Ordinal) && text.IndexOf('-', StringComparison.Ordinal) == 4 ? string.Concat(WithT(text[..^3]), "Z") : text;

    private static string WithT(string text) =>
        text.IndexOf('-', StringComparison.Ordinal) == 4 && text.Length > 10 && text[10] == ' ' && !text.EndsWith("BC", StringComparison.Ordinal)
            ? $"{text.AsSpan(0, 10)}T{text.AsSpan(11)}"
            : text;

    private static void WriteJson(string text, Utf8JsonWriter writer)
    {
        JsonElement json;
        try
        {
            json = StorableJson.Clean(JsonElement.Parse(text, Bounded));
        }
        catch (JsonException)
        {
            // Deeper than outputs may be: the text is the value all the same.
            writer.WriteStringValue(text);
            return;
        }
        json.WriteTo(writer);
    }
}
