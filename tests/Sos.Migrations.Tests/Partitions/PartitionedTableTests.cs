using FsCheck.Xunit;
using Sos.Migrations.Partitions;

namespace Sos.Migrations.Tests.Partitions;

public sealed class PartitionedTableTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Property]
    public bool An_executions_id_falls_into_the_day_of_its_creation(uint seconds)
    {
        var moment = Start.AddSeconds(seconds % 100_000_000);
        var id = Guid.CreateVersion7(moment);
        var day = PartitionRange.Holding(PartitionPeriod.Day, PartitionedTable.MomentOf(id));

        // As PostgreSQL compares uuids: by their bytes, most significant first.
        var text = id.ToString("N");
        return string.CompareOrdinal(PartitionedTable.IdAt(day.From).ToString("N"), text) <= 0
            && string.CompareOrdinal(text, PartitionedTable.IdAt(day.To).ToString("N")) < 0
            && day.From == moment.UtcDateTime.Date;
    }

    [Property]
    public bool Ranges_follow_each_other_and_their_names_tell_them(uint seconds, bool month)
    {
        var period = month ? PartitionPeriod.Month : PartitionPeriod.Day;
        var range = PartitionRange.Holding(period, Start.AddSeconds(seconds));

        return range.Next.From == range.To
            && PartitionRange.Holding(period, range.To.AddTicks(-1)) == range
            && PartitionRange.Parse("t", period, range.NameFor("t")) == range;
    }

    [Theory]
    [InlineData("event_logs_p20261122", true)]
    [InlineData("event_logs_p202611", false)]
    [InlineData("event_logs_default", false)]
    [InlineData("event_logs_p20261322", false)]
    [InlineData("other_p20261122", false)]
    public void Only_names_made_here_are_touched(string partition, bool own) =>
        Assert.Equal(own, PartitionRange.Parse("event_logs", PartitionPeriod.Day, partition) is not null);

    [Fact]
    public void Boundaries_are_midnight_UTC_and_the_milliseconds_of_a_UUIDv7()
    {
        var noonElsewhere = new DateTimeOffset(2026, 11, 23, 1, 30, 0, TimeSpan.FromHours(5));
        var range = PartitionRange.Holding(PartitionPeriod.Day, noonElsewhere);

        Assert.Equal("execution_steps_p20261122", range.NameFor("execution_steps"));
        Assert.Equal(Guid.Parse("01a2008d-7400-0000-0000-000000000000"), PartitionedTable.IdAt(range.From));
        Assert.Equal("'2026-11-22 00:00:00+00'", PartitionedTable.All.Single(table => table.Name == "event_logs").LiteralAt(range.From));
    }
}
