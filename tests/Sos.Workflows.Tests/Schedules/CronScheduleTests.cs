using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Schedules;

namespace Sos.Workflows.Tests.Schedules;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("*/20 * * * *", "2026-11-22T10:20:00Z 2026-11-22T10:40:00Z 2026-11-22T11:00:00Z")]
    [InlineData("30 9 * * 1-5", "2026-11-23T09:30:00Z 2026-11-24T09:30:00Z 2026-11-25T09:30:00Z")] // Sunday the 22nd
    [InlineData("0 0 * * 0", "2026-11-29T00:00:00Z 2026-12-06T00:00:00Z 2026-12-13T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-11-29T00:00:00Z 2026-12-06T00:00:00Z 2026-12-13T00:00:00Z")]
    [InlineData("0 0 13 * 5", "2026-11-27T00:00:00Z 2026-12-04T00:00:00Z 2026-12-11T00:00:00Z")] // the 13th, and Fridays
    [InlineData("0 12 1 jan,jul *", "2027-01-01T12:00:00Z 2027-07-01T12:00:00Z 2028-01-01T12:00:00Z")]
    [InlineData("0 0 L * *", "2026-11-30T00:00:00Z 2026-12-31T00:00:00Z 2027-01-31T00:00:00Z")]
    [InlineData("@hourly", "2026-11-22T11:00:00Z 2026-11-22T12:00:00Z 2026-11-22T13:00:00Z")]
    [InlineData("@daily", "2026-11-23T00:00:00Z 2026-11-24T00:00:00Z 2026-11-25T00:00:00Z")]
    [InlineData("15 30 9 ? * MON-FRI", "2026-11-23T09:30:15Z 2026-11-24T09:30:15Z 2026-11-25T09:30:15Z")]
    [InlineData("0 0 0 ? * 6L 2027", "2027-01-29T00:00:00Z 2027-02-26T00:00:00Z 2027-03-26T00:00:00Z")]
    [InlineData("  0   8  *  *  *  ", "2026-11-23T08:00:00Z 2026-11-24T08:00:00Z 2026-11-25T08:00:00Z")]
    public void Crontab_and_Quartz_are_both_read(string cron, string expected) =>
        Assert.Equal(expected, Times(cron, "UTC", "2026-11-22T10:05:00Z", 3));

    [Theory]
    // In New York the clocks go from 02:00 to 03:00 on 8 March 2026: what falls in between runs when they do, once.
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z 2026-03-09T06:30:00Z")]
    [InlineData("0 3 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z 2026-03-09T07:00:00Z")]
    [InlineData("*/30 * * * *", "America/New_York", "2026-03-08T06:15:00Z", "2026-03-08T06:30:00Z 2026-03-08T07:00:00Z 2026-03-08T07:30:00Z")]
    [InlineData("*/15 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z 2026-03-09T06:00:00Z")]
    // From 02:00 back to 01:00 on 1 November: a time of the repeated hour runs once, an interval goes on through both.
    [InlineData("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T05:30:00Z 2026-11-02T06:30:00Z")]
    [InlineData("*/30 * * * *", "America/New_York", "2026-11-01T04:45:00Z", "2026-11-01T05:00:00Z 2026-11-01T05:30:00Z 2026-11-01T06:00:00Z 2026-11-01T06:30:00Z 2026-11-01T07:00:00Z")]
    // Lord Howe Island moves by half an hour.
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z")]
    [InlineData("0 9 * * *", "Asia/Kathmandu", "2026-11-22T00:00:00Z", "2026-11-22T03:15:00Z 2026-11-23T03:15:00Z")]
    public void Clocks_that_are_set_forward_or_back_skip_and_repeat_nothing(string cron, string zone, string after, string expected) =>
        Assert.Equal(expected, Times(cron, zone, after, expected.Split(' ').Length));

    [Theory]
    [InlineData("* * * *", "this one has 4")]
    [InlineData("", "this one has 0")]
    [InlineData("* * * * * * * *", "this one has 8")]
    [InlineData("61 * * * *", "The minute '61'")]
    [InlineData("* 24 * * *", "The hour '24'")]
    [InlineData("* * 32 * *", "The day of the month '32'")]
    [InlineData("* * * 13 *", "The month '13'")]
    [InlineData("* * * * 8", "The day of the week '8'")]
    [InlineData("* * * * someday", "The day of the week 'someday'")]
    [InlineData("0 1- * * * ?", "The minute '1-'")]
    [InlineData("0 */x * * * ?", "The minute '*/x'")]
    [InlineData("0 */0 * * * ?", "The minute '*/0'")]
    [InlineData("99 * * * * ?", "The second '99'")]
    [InlineData("0 0 0 * * ? 1969", "The year '1969'")]
    [InlineData("0 0 99999999999 * * ?", "The hour '99999999999'")]
    [InlineData("H * * * *", "The minute 'H'")]
    [InlineData("@reboot", "@yearly")]
    [InlineData("@whenever", "@yearly")]
    public void What_is_wrong_with_an_expression_is_said_by_field(string cron, string part)
    {
        Assert.False(CronSchedule.TryParse(cron, TimeZoneInfo.Utc, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("America/Argentina/Buenos_Aires", true)]
    [InlineData("", false)]
    [InlineData("Europe/Atlantis", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("W. Europe Standard Time", false)]
    public void Time_zones_have_IANA_names(string name, bool exists) => Assert.Equal(exists, CronSchedule.TryFindZone(name, out _));

    [Theory]
    [InlineData("0 0 30 2 *")]
    [InlineData("0 0 0 1 1 ? 2020")]
    public void An_expression_may_name_no_time_at_all(string cron) => Assert.Equal("", Times(cron, "UTC", "2026-11-22T10:00:00Z", 1));

    [Fact]
    public void Times_lie_between_start_and_end_both_included()
    {
        Assert.True(CronSchedule.TryParse("0 * * * *", TimeZoneInfo.Utc, out var schedule, out _));
        var bounded = schedule.Between(At("2026-11-22T12:00:00Z"), At("2026-11-22T14:00:00Z"));
        Assert.Equal([At("2026-11-22T12:00:00Z"), At("2026-11-22T13:00:00Z"), At("2026-11-22T14:00:00Z")], bounded.Upcoming(At("2026-11-01T00:00:00Z"), 10));
    }

    /// <summary>Against a walk through every minute, in a zone without changes of the clock and in one with them.</summary>
    [Property(MaxTest = 300)]
    public Property The_next_time_is_the_first_minute_that_fits()
    {
        static Gen<Field> FieldOf(int least, int most) => Gen.OneOf(
            Gen.Constant(new Field("*", _ => true)),
            Gen.Choose(2, 15).Select(step => new Field($"*/{step}", v => (v - least) % step == 0)),
            Gen.Choose(least, most).Select(only => new Field($"{only}", v => v == only)),
            Gen.Choose(least, most).SelectMany(from => Gen.Choose(from, most).Select(to => new Field($"{from}-{to}", v => v >= from && v <= to))),
            Gen.ListOf(Gen.Choose(least, most), 3).Select(l => new Field(string.Join(',', l), v => l.Contains(v))));
        var generator =
            from minute in FieldOf(0, 59)
            from hour in FieldOf(0, 23)
            from day in Gen.Choose(0, 6)
            from anyDay in Gen.Elements(true, true, false)
            from offset in Gen.Choose(0, 366 * 24 * 3600)
            select (minute, hour, day, anyDay, offset);
        return Prop.ForAll(generator.ToArbitrary(), c =>
        {
            Assert.True(CronSchedule.TryParse($"{c.minute.Text} {c.hour.Text} * * {(c.anyDay ? "*" : c.day)}", TimeZoneInfo.Utc, out var schedule, out var problem), problem);
            var after = At("2026-01-01T00:00:00Z").AddSeconds(c.offset);
            var next = schedule.Next(after);
            var minute = new DateTimeOffset(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, TimeSpan.Zero);
            do
                minute = minute.AddMinutes(1);
            while (!(c.minute.Fits(minute.Minute) && c.hour.Fits(minute.Hour) && (c.anyDay || (int)minute.DayOfWeek == c.day)));
            Assert.Equal(minute, next);
            Assert.True(next > after);

            // Where the clocks change, every next time is later still.
            Assert.True(CronSchedule.TryFindZone("America/New_York", out var newYork));
            Assert.True(CronSchedule.TryParse($"{c.minute.Text} {c.hour.Text} * * *", newYork, out var local, out _));
            var times = local.Upcoming(after, 50);
            Assert.All(times.Prepend(after).Zip(times), p => Assert.True(p.Second > p.First));
        });
    }

    private sealed record Field(string Text, Func<int, bool> Fits);

    private static string Times(string cron, string zone, string after, int count)
    {
        Assert.True(CronSchedule.TryFindZone(zone, out var info));
        Assert.True(CronSchedule.TryParse(cron, info, out var schedule, out var problem), problem);
        return string.Join(' ', schedule.Upcoming(At(after), count).Select(t => t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ssK", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
}
