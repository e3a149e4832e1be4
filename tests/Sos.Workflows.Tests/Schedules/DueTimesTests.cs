using FsCheck.Xunit;
using Sos.Workflows.Schedules;

namespace Sos.Workflows.Tests.Schedules;

public sealed class DueTimesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(MisfirePolicy.FireOnce)]
    [InlineData(MisfirePolicy.Skip)]
    [InlineData(MisfirePolicy.FireAll)]
    public void A_time_that_has_just_come_is_run_whatever_the_policy(string policy)
    {
        var due = DueTimes.Of(Parse("0 * * * *"), Noon, Noon.AddSeconds(30), policy);
        Assert.Equal([Noon], due.Run);
        Assert.Equal((0, Noon.AddHours(1)), (due.Missed, due.Next));
    }

    [Fact]
    public void What_was_missed_is_run_once_for_the_latest_time()
    {
        var due = DueTimes.Of(Parse("0 * * * *"), Noon, Noon.AddHours(5).AddMinutes(30), MisfirePolicy.FireOnce);
        Assert.Equal([Noon.AddHours(5)], due.Run);
        Assert.Equal((5, Noon.AddHours(6)), (due.Missed, due.Next));
    }

    [Fact]
    public void A_time_that_has_just_come_is_run_together_with_those_that_were_missed_before_it()
    {
        var due = DueTimes.Of(Parse("0 * * * *"), Noon, Noon.AddHours(5).AddSeconds(5), MisfirePolicy.FireOnce);
        Assert.Equal([Noon.AddHours(5)], due.Run);
        Assert.Equal(5, due.Missed);
    }

    [Fact]
    public void What_was_missed_is_not_run_and_what_has_just_come_is()
    {
        var late = DueTimes.Of(Parse("0 * * * *"), Noon, Noon.AddHours(5).AddMinutes(30), MisfirePolicy.Skip);
        Assert.Empty(late.Run);
        Assert.Equal((6, Noon.AddHours(6)), (late.Missed, late.Next));
        var inTime = DueTimes.Of(Parse("0 * * * *"), Noon, Noon.AddHours(5).AddSeconds(30), MisfirePolicy.Skip);
        Assert.Equal([Noon.AddHours(5)], inTime.Run);
        Assert.Equal(5, inTime.Missed);
    }

    [Fact]
    public void All_that_was_missed_is_run_the_latest_hundred_at_most()
    {
        Assert.Equal(6, DueTimes.Of(Parse("0 * * * *"), Noon, Noon.AddHours(5).AddMinutes(30), MisfirePolicy.FireAll).Run.Count);
        var many = DueTimes.Of(Parse("* * * * *"), Noon, Noon.AddMinutes(500), MisfirePolicy.FireAll);
        Assert.Equal(Enumerable.Range(401, 100).Select(m => Noon.AddMinutes(m)), many.Run);
        Assert.Equal(401, many.Missed);
    }

    [Fact]
    public void Millions_of_missed_times_are_not_walked_through()
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var now = Noon.AddDays(400).AddMilliseconds(1);
        var due = DueTimes.Of(Parse("* * * * * ?"), Noon, now, MisfirePolicy.FireAll);
        Assert.Equal(Enumerable.Range(-99, 100).Select(s => now.AddMilliseconds(-1).AddSeconds(s)), due.Run);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void After_the_last_time_there_is_no_next_one()
    {
        var due = DueTimes.Of(Parse("0 * * * *").Between(null, Noon), Noon, Noon, MisfirePolicy.FireOnce);
        Assert.Equal([Noon], due.Run);
        Assert.Null(due.Next);
    }

    [Property(MaxTest = 200)]
    public void Whatever_is_run_was_due_and_what_comes_next_was_not(byte step, uint late, byte policy)
    {
        var schedule = Parse($"*/{step % 30 + 1} * * * *");
        var first = schedule.Next(Noon)!.Value;
        var now = first.AddSeconds(late % (40 * 24 * 3600));
        var due = DueTimes.Of(schedule, first, now, MisfirePolicy.All[policy % 3]);
        Assert.All(due.Run, time => Assert.True(time >= first && time <= now));
        Assert.Equal(due.Run.Order().Distinct(), due.Run);
        Assert.Equal(schedule.Next(now), due.Next);
        Assert.True(due.Next > now);
    }

    private static CronSchedule Parse(string cron) =>
        CronSchedule.TryParse(cron, TimeZoneInfo.Utc, out var schedule, out var problem) ? schedule : throw new ArgumentException(problem);
}
