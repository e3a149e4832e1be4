using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Executions;
using Sos.Workflows.Webhooks;

namespace Sos.Workflows.Store;

/// <summary>Typed parameters, so that a null or an empty array still has the type its column wants.</summary>
internal static class SqlParameters
{
    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, object? value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        return command;
    }

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, Guid? value) => command.With(value, NpgsqlDbType.Uuid);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string? value) => command.With(value, NpgsqlDbType.Text);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int? value) => command.With(value, NpgsqlDbType.Integer);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, long? value) => command.With(value, NpgsqlDbType.Bigint);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, DateTimeOffset? value) =>
        command.With(value?.UtcDateTime, NpgsqlDbType.TimestampTz);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, byte[]? value) => command.With(value, NpgsqlDbType.Bytea);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, Guid[] values) =>
        command.With(values, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string?[] values) =>
        command.With(values, NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlBatchCommand WithJson(this NpgsqlBatchCommand command, string? json) => command.With(json, NpgsqlDbType.Jsonb);

    /// <summary>Adds a span's trace and its own id; nulls where nothing traces.</summary>
    public static NpgsqlBatchCommand WithSpan(this NpgsqlBatchCommand command, Activity? span) =>
        command.With(span?.TraceId.ToHexString(), NpgsqlDbType.Char).With(span?.SpanId.ToHexString(), NpgsqlDbType.Char);

    public static Guid? GuidOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetGuid(column);

    public static string? TextOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static int? IntOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    public static long? LongOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static double? DoubleOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

    /// <summary>An amount of money without the zeros that fill its column's ten places.</summary>
    public static decimal Amount(this NpgsqlDataReader reader, int column) => reader.GetDecimal(column) / 1.0000000000000000000000000000m;

    public static decimal? AmountOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Amount(column);

    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Time(column);

    public static ExecutionError? Error(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(column), StoredJson.Default.ExecutionError);

    public static ExecutionTrigger? Trigger(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(column), StoredJson.Default.ExecutionTrigger);
}

/// <summary>JSON of what columns hold.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ExecutionError))]
[JsonSerializable(typeof(ExecutionTrigger))]
[JsonSerializable(typeof(ScheduleStop))]
[JsonSerializable(typeof(WebhookVerification))]
internal sealed partial class StoredJson : JsonSerializerContext;
