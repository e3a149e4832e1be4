using System.Globalization;

namespace Sos.Migrations.Partitions;

/// <summary>What a table is partitioned by.</summary>
internal enum PartitionKey
{
    /// <summary>A <c>timestamptz</c>.</summary>
    Time,

    /// <summary>An execution's UUIDv7, whose first 48 bits are its creation in Unix milliseconds (RFC 9562, 5.7).</summary>
    ExecutionId,
}

/// <summary>A table whose partitions are made ahead and dropped by retention.</summary>
internal sealed record PartitionedTable(string Name, string Column, PartitionKey Key, PartitionPeriod Period, Func<RetentionOptions, int?> RetentionDays)
{
    /// <summary>
    /// All of them. A day of steps or logs is worth a partition of its own; costs are few and kept long, so they take
    /// a month: a query without a time range looks into every partition.
    /// </summary>
    public static readonly IReadOnlyList<PartitionedTable> All =
    [
        new("execution_steps", "execution_id", PartitionKey.ExecutionId, PartitionPeriod.Day, options => options.ExecutionDays),
        new("event_logs", "timestamp", PartitionKey.Time, PartitionPeriod.Day, options => options.EventLogDays),
        new("agent_trace_history", "timestamp", PartitionKey.Time, PartitionPeriod.Day, options => options.AgentTraceDays),
        new("model_cost_logs", "timestamp", PartitionKey.Time, PartitionPeriod.Month, options => options.ModelCostDays),
    ];

    /// <summary>The partition for rows outside every range.</summary>
    public string DefaultPartition => Name + "_default";

    /// <summary>A moment as the key's smallest value at that time, for a parameter.</summary>
    public object KeyAt(DateTimeOffset moment) => Key == PartitionKey.Time ? moment.UtcDateTime : IdAt(moment);

    /// <summary>The same as a literal: DDL takes no parameters.</summary>
    public string LiteralAt(DateTimeOffset moment) => Key == PartitionKey.Time
        ? string.Create(CultureInfo.InvariantCulture, $"'{moment.UtcDateTime:yyyy-MM-dd HH:mm:ss}+00'")
        : $"'{IdAt(moment)}'";

    /// <summary>The moment that a key's value tells.</summary>
    public static DateTimeOffset MomentOf(object key) => key switch
    {
        DateTime time => new DateTimeOffset(time, TimeSpan.Zero),
        Guid id => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(id.ToString("N").AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"{key.GetType()} is no partition key", nameof(key)),
    };

    /// <summary>The first UUIDv7 boundary of a moment: its milliseconds, then zeros.</summary>
    public static Guid IdAt(DateTimeOffset moment)
    {
        var hex = moment.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture);
        return Guid.ParseExact(hex.PadRight(32, '0'), "N");
    }
}
