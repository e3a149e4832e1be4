using System.Buffers;
using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.File;

/// <summary>CSV (RFC 4180) to rows and back; every value is text.</summary>
internal static class FileCsv
{
    private const int MaxRecordBytes = 1024 * 1024;

    /// <summary>The rows of a text as a JSON array: of objects with a header, else of lists.</summary>
    /// <exception cref="FileContentException">It is no CSV, or has too many rows.</exception>
    public static JsonElement Read(string text, FileConfig config)
    {
        var options = new CsvReaderOptions
        {
            Separator = config.Delimiter[0],
            HasHeader = false, // read as any row, for names may be there twice
            MaxRecordSize = MaxRecordBytes,
            MalformedData = CsvMalformedDataHandling.Throw,
        };
        using var reader = CsvReader.FromText(StorableJson.Clean(text), options);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            try
            {
                var names = config.Header && reader.Read() ? Names(Fields(reader)) : null;
                for (var rows = 1; reader.Read(); rows++)
                {
                    if (rows > config.MaxRows)
                        throw new FileContentException($"The CSV has more than {config.MaxRows} rows (maxRows).");
                    Write(writer, Fields(reader), names, rows);
                }
            }
            catch (CsvFormatException e)
            {
                throw new FileContentException($"The CSV can't be read near record {e.RecordNumber}: a quote is in the wrong place or left open, or the record is longer than a MiB.");
            }
            writer.WriteEndArray();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>The text of rows.</summary>
    /// <param name="rows">Objects or lists.</param>
    /// <param name="config">How to write.</param>
    /// <param name="goesOn">Whether the file has a header already.</param>
    /// <exception cref="FileContentException">A row is neither an object nor a list.</exception>
    public static string Write(IReadOnlyList<JsonElement> rows, FileConfig config, bool goesOn)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, new CsvWriterOptions { Separator = config.Delimiter[0], ValidateFieldCount = false }, leaveOpen: true))
        {
            var names = config.Columns ?? Names(rows);
            if (config.Header && !goesOn && names.Count > 0)
                writer.WriteRecord([.. names]);
            foreach (var row in rows)
                writer.WriteRecord(Values(row, names) is { Length: > 0 } values ? values : [""]);
        }
        return text.ToString();
    }

    private static string[] Fields(CsvReader reader)
    {
        var fields = new string[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = reader.GetString(i);
        return fields;
    }

    private static string[] Names(string[] header)
    {
        for (var i = 0; i < header.Length; i++)
        {
            if (Array.IndexOf(header, header[i]) < i)
                throw new FileContentException($"The CSV has two columns named '{Short(header[i])}'; read it with header false.");
        }
        return header;
    }

    private static void Write(Utf8JsonWriter writer, string[] record, string[]? names, int row)
    {
        if (names is null)
        {
            writer.WriteStartArray();
            foreach (var value in record)
                writer.WriteStringValue(value);
            writer.WriteEndArray();
            return;
        }
        if (record.Length != names.Length)
            throw new FileContentException($"Row {row} of the CSV has {record.Length} values and its header {names.Length}; check the delimiter.");
        writer.WriteStartObject();
        for (var i = 0; i < names.Length; i++)
            writer.WriteString(names[i], record[i]);
        writer.WriteEndObject();
    }

    private static List<string> Names(IReadOnlyList<JsonElement> rows)
    {
        var names = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in rows.Where(r => r.ValueKind == JsonValueKind.Object))
            names.AddRange(row.EnumerateObject().Select(p => p.Name).Where(known.Add));
        return names;
    }

    private static string[] Values(JsonElement row, IReadOnlyList<string> names) => row.ValueKind switch
    {
        JsonValueKind.Object => [.. names.Select(name => row.TryGetProperty(name, out var value) ? Text(value) : "")],
        JsonValueKind.Array => [.. row.EnumerateArray().Select(Text)],
        _ => throw new FileContentException("A row to write as CSV is an object or a list."),
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };

    private static string Short(string text) => text.Length > 50 ? text[..50] + "…" : text;
}
