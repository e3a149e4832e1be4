using System.Buffers;
using System.Data;
using System.Text;
using System.Text.Json;
using Npgsql;
using Npgsql.PostgresTypes;

namespace Sos.Executors.Nodes.Database.Values;

/// <summary>Reads rows as JSON while they come, and no more of them than is kept.</summary>
/// <param name="maxRows">The most rows, of all statements of a node together.</param>
/// <param name="maxBytes">The most bytes of JSON, likewise.</param>
internal sealed class DatabaseRows(int maxRows, int maxBytes)
{
    private readonly byte[] chunk = new byte[16 * 1024];
    private int rowsLeft = maxRows;
    private int bytesLeft = maxBytes;

    /// <summary>Reads until the end, or until a limit is reached: then there are more.</summary>
    public async Task<RowsRead> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var columns = Columns(reader);
        var types = Enumerable.Range(0, reader.FieldCount).Select(reader.GetPostgresType).ToArray();
        var rows = new ArrayBufferWriter<byte>();
        var row = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(row);
        var count = 0;
        var truncated = false;
        rows.Write("["u8);
        while (columns.Length > 0 && await reader.ReadAsync(cancellationToken))
        {
            row.ResetWrittenCount();
            writer.Reset(row);
            if (rowsLeft == 0 || !await TryWriteRowAsync(reader, columns, types, writer, cancellationToken))
            {
                truncated = true;
                break;
            }
            if (count++ > 0)
                rows.Write(","u8);
            rows.Write(row.WrittenSpan);
            rowsLeft--;
            bytesLeft -= row.WrittenCount + 1;
        }
        rows.Write("]"u8);
        return new RowsRead(JsonElement.Parse(rows.WrittenSpan, new JsonDocumentOptions { MaxDepth = 1_000 }), count, columns, truncated);
    }

    private async Task<bool> TryWriteRowAsync(NpgsqlDataReader reader, DatabaseColumn[] columns, PostgresType[] types, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        writer.WriteStartObject();
        for (var i = 0; i < columns.Length; i++)
        {
            writer.WritePropertyName(columns[i].Name);
            if (await reader.IsDBNullAsync(i, cancellationToken))
            {
                writer.WriteNullValue();
                continue;
            }
            if (await TextAsync(reader, i, bytesLeft - (int)writer.BytesCommitted - writer.BytesPending, cancellationToken) is not { } text)
                return false;
            DatabaseValue.Write(text, types[i], writer);
        }
        writer.WriteEndObject();
        writer.Flush();
        return writer.BytesCommitted < bytesLeft;
    }

    // A value that is larger than what is left is not read to its end. (In base64, bytes are shorter than in their text form.)
    private async Task<string?> TextAsync(NpgsqlDataReader reader, int column, int room, CancellationToken cancellationToken)
    {
        await using var stream = await reader.GetStreamAsync(column, cancellationToken);
        var text = new ArrayBufferWriter<byte>();
        while (await stream.ReadAsync(chunk, cancellationToken) is > 0 and var read)
        {
            if (text.WrittenCount + read > (long)room * 2 + 16)
                return null;
            text.Write(chunk.AsSpan(0, read));
        }
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    // Of columns that have the same name, the second is called name_2.
    private static DatabaseColumn[] Columns(NpgsqlDataReader reader)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var columns = new DatabaseColumn[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            var written = reader.GetName(i);
            var name = written;
            for (var n = 2; !names.Add(name); n++)
                name = $"{written}_{n}";
            columns[i] = new DatabaseColumn(name, reader.GetDataTypeName(i).Replace(", ", ",", StringComparison.Ordinal));
        }
        return columns;
    }
}

/// <summary>The rows of one statement.</summary>
/// <param name="Rows">A list of objects.</param>
/// <param name="Count">How many.</param>
/// <param name="Columns">The columns.</param>
/// <param name="IsTruncated">Whether there were more.</param>
internal sealed record RowsRead(JsonElement Rows, int Count, IReadOnlyList<DatabaseColumn> Columns, bool IsTruncated);

/// <summary>A column of a result.</summary>
/// <param name="Name">The name that it has in rows.</param>
/// <param name="Type">PostgreSQL's name of its type, such as <c>numeric(10,2)</c>.</param>
internal sealed record DatabaseColumn(string Name, string Type);
