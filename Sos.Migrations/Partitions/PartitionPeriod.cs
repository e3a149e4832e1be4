using System.Globalization;

namespace Sos.Migrations.Partitions;

/// <summary>How much time one partition covers; periods start at midnight UTC.</summary>
internal enum PartitionPeriod
{
    Day,
    Month,
}

/// <summary>The time that one partition covers, its end excluded.</summary>
internal readonly record struct PartitionRange(PartitionPeriod Period, DateTimeOffset From)
{
    private const string Marker = "_p";

    public DateTimeOffset To => Period == PartitionPeriod.Day ? From.AddDays(1) : From.AddMonths(1);

    public PartitionRange Next => new(Period, To);

    /// <summary>The range that holds a moment.</summary>
    public static PartitionRange Holding(PartitionPeriod period, DateTimeOffset moment)
    {
        var utc = moment.UtcDateTime;
        return new PartitionRange(period, new DateTimeOffset(utc.Year, utc.Month, period == PartitionPeriod.Day ? utc.Day : 1, 0, 0, 0, TimeSpan.Zero));
    }

    /// <summary>The partition's name: <c>event_logs_p20261122</c>, <c>model_cost_logs_p202611</c>.</summary>
    public string NameFor(string table) => table + Marker + From.ToString(Format(Period), CultureInfo.InvariantCulture);

    /// <summary>The range that a partition's name tells, or null for a name that was not made here.</summary>
    public static PartitionRange? Parse(string table, PartitionPeriod period, string partition)
    {
        var prefix = table + Marker;
        return partition.StartsWith(prefix, StringComparison.Ordinal)
            && DateTimeOffset.TryParseExact(partition[prefix.Length..], Format(period), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            ? new PartitionRange(period, from)
            : null;
    }

    private static string Format(PartitionPeriod period) => period == PartitionPeriod.Day ? "yyyyMMdd" : "yyyyMM";
}
