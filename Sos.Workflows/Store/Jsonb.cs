using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>JSON in and out of <c>jsonb</c> columns.</summary>
public static class Jsonb
{
    /// <summary>Reads a column; null where it is SQL null.</summary>
    public static JsonElement? Read(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : JsonElement.Parse(reader.GetFieldValue<byte[]>(ordinal), Deep);

    // What is stored was checked when it came; what the engine wraps around it must not make it unreadable.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1_000 };

    /// <summary>The text of an element, or null for none.</summary>
    public static string? Text(JsonElement? element) =>
        element is { ValueKind: not JsonValueKind.Undefined } e ? Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(e)) : null;

    /// <summary>A parameter that holds one document.</summary>
    public static NpgsqlParameter Parameter(JsonElement? element) =>
        new() { Value = (object?)Text(element) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb };

    /// <summary>A parameter that holds an array of documents.</summary>
    public static NpgsqlParameter Array(string?[] documents) =>
        new() { Value = documents, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb };
}
