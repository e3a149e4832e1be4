using System.Text;
using CsvHelper;

namespace Sos.Executors.Rag.Reading;

/// <summary>
/// CSV: each row becomes lines of <c>header: value</c>, so that a row found alone still says what its values are. Rows
/// are blocks: a chunk takes as many as fit.
/// </summary>
internal static class CsvText
{
    private const int MaxColumns = 500;
    private const int MaxRows = 200_000;

    public static DocumentText Read(string csv, bool tabbed, CancellationToken cancellationToken)
    {
        var options = new CsvReaderOptions
        {
            Separator = tabbed ? '\t' : null,
            HasHeader = false, // read as any row, for names may be missing or there twice
            TrimWhitespace = true,
            MaxRecordSize = 1024 * 1024,
        };
        var writer = new BlockWriter();
        using var reader = CsvReader.FromText(csv, options);
        try
        {
            if (!reader.Read())
                return writer.Finish(null);
            var headers = Headers(Fields(reader));
            var row = new StringBuilder();
            for (var count = 0; reader.Read(); count++)
            {
                if (count >= MaxRows)
                    throw new DocumentRefusedException("document_too_large", $"The table has more than {MaxRows:N0} rows. Split it.");
                if ((count & 0xFF) == 0)
                    cancellationToken.ThrowIfCancellationRequested();
                AddRow(row.Clear(), headers, Fields(reader));
                if (row.Length > 0)
                    writer.Add(BlockKind.Lines, row.ToString());
            }
            // A table of a header alone says at least what it is about.
            if (writer.IsEmpty && headers.Length > 0)
                writer.Add(BlockKind.Lines, string.Join('\n', headers));
        }
        catch (CsvFormatException e)
        {
            throw new DocumentRefusedException("invalid_csv", $"The CSV can't be read near row {e.RecordNumber}. Is a quote left open, or a row longer than a MiB?");
        }
        return writer.Finish(null);
    }

    private static string[] Fields(CsvReader reader)
    {
        if (reader.FieldCount > MaxColumns)
            throw new DocumentRefusedException("document_too_large", $"A row of the table has {reader.FieldCount:N0} columns; at most {MaxColumns} are read.");
        var fields = new string[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = reader[i].ToString();
        return fields;
    }

    private static string[] Headers(string[] record) =>
        [.. record.Select((name, i) => string.IsNullOrWhiteSpace(name) ? $"column {i + 1}" : OneLine(name))];

    private static void AddRow(StringBuilder row, string[] headers, string[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(values[i]))
                continue;
            if (row.Length > 0)
                row.Append('\n');
            row.Append(i < headers.Length ? headers[i] : $"column {i + 1}").Append(": ").Append(OneLine(values[i]));
        }
    }

    private static string OneLine(string value) => string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
