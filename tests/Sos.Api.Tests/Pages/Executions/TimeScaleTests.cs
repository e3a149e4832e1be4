using FsCheck;
using FsCheck.Xunit;
using Sos.Api.Pages.Executions;
using static Sos.Api.Tests.Pages.Executions.Runs;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class TimeScaleTests
{
    [Fact]
    public void A_ruler_has_round_marks()
    {
        var scale = new TimeScale(Begin, At(565));
        Assert.Equal(["0", "100 ms", "200 ms", "300 ms", "400 ms", "500 ms"], scale.Ticks(Begin, 7).Select(t => t.Label));
        Assert.Equal(100 / 5.65, scale.Ticks(Begin, 7)[1].Percent, 6);
    }

    [Property]
    public bool A_ruler_never_has_more_marks_than_fit(PositiveInt milliseconds, PositiveInt most) =>
        new TimeScale(Begin, At(milliseconds.Get * 1_000d)).Ticks(Begin, most.Get % 20 + 2).Count <= most.Get % 20 + 3;

    [Property]
    public bool Zooming_and_moving_never_leave_the_whole(byte factor, byte share, sbyte move)
    {
        var whole = new TimeScale(Begin, At(10_000));
        var part = whole.Zoom((factor + 1) / 256d, whole.At(share / 255d), whole).Pan(move / 50d, whole);
        return part.From >= whole.From && part.To <= whole.To && part.Length <= whole.Length;
    }

    [Fact]
    public void No_time_at_all_divides_nothing_by_zero() => Assert.Equal(0, new TimeScale(Begin, Begin).Percent(Begin));
}
