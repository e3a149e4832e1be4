using Sos.Api.Pages.Components;

namespace Sos.Api.Pages.Executions;

/// <summary>A stretch of time as a share of a drawing's width.</summary>
internal sealed record TimeScale(DateTimeOffset From, DateTimeOffset To)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private static readonly double[] Steps =
    [
        0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, // milliseconds to half a minute
        60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
    ];

    /// <summary>How long it is; at least a millisecond, so that nothing divides by zero.</summary>
    public TimeSpan Length => To - From > Shortest ? To - From : Shortest;

    /// <summary>Where a moment lies, in percent of the width; outside of 0 to 100 where it isn't in sight.</summary>
    public double Percent(DateTimeOffset at) => (at - From) / Length * 100;

    /// <summary>The moment at a share of the width.</summary>
    public DateTimeOffset At(double share) => From + Length * share;

    /// <summary>A part of this scale, around a middle, that is some factor as long; never beyond <paramref name="whole"/>.</summary>
    public TimeScale Zoom(double factor, DateTimeOffset middle, TimeScale whole)
    {
        var length = Length * factor;
        if (length >= whole.Length)
            return whole;
        if (length < Shortest)
            length = Shortest;
        return new TimeScale(middle - length / 2, middle + length / 2).Within(whole);
    }

    /// <summary>The same length, moved by a share of it; never beyond <paramref name="whole"/>.</summary>
    public TimeScale Pan(double share, TimeScale whole) => new TimeScale(From + Length * share, To + Length * share).Within(whole);

    private TimeScale Within(TimeScale whole) =>
        From < whole.From ? new TimeScale(whole.From, whole.From + Length)
        : To > whole.To ? new TimeScale(whole.To - Length, whole.To)
        : this;

    /// <summary>Marks of a ruler: round distances from an origin, at most <paramref name="most"/> of them.</summary>
    /// <param name="origin">What the labels count from.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Tick> Ticks(DateTimeOffset origin, int most)
    {
        var wanted = Length.TotalMilliseconds / most;
        var step = Array.Find(Steps, s => s >= wanted);
        if (step == 0)
            step = Math.Ceiling(wanted / 86_400_000) * 86_400_000;
        var ticks = new List<Tick>();
        for (var n = Math.Ceiling((From - origin).TotalMilliseconds / step); ticks.Count <= most; n++)
        {
            var offset = TimeSpan.FromMilliseconds(n * step);
            if (origin + offset > To)
                break;
            ticks.Add(new Tick(Percent(origin + offset), offset == TimeSpan.Zero ? "0" : Format.Duration(offset)));
        }
        return ticks;
    }

    /// <summary>A mark of a ruler.</summary>
    /// <param name="Percent">Where it is.</param>
    /// <param name="Label">How far from the origin.</param>
    internal readonly record struct Tick(double Percent, string Label);
}
