namespace Sos.Executors.Connectors.Health;

/// <summary>
/// Lets at most so many requests through in any time of a length, which it knows to a tenth of it. Nothing runs while nobody
/// asks: time that has passed is seen at the next question.
/// </summary>
internal sealed class SlidingWindow
{
    private const int Segments = 10;

    private readonly Lock gate = new();
    private readonly int[] counts = new int[Segments];
    private readonly int limit;
    private readonly TimeSpan segment;
    private readonly TimeProvider time;
    private readonly long start;
    private long current;
    private int taken;

    /// <summary>An empty window.</summary>
    /// <param name="limit">How many, at least 1.</param>
    /// <param name="length">In how long.</param>
    /// <param name="time">The clock.</param>
    public SlidingWindow(int limit, TimeSpan length, TimeProvider time)
    {
        (this.limit, this.time, start) = (limit, time, time.GetTimestamp());
        segment = TimeSpan.FromTicks(Math.Max(length.Ticks / Segments, 1));
    }

    /// <summary>Takes a turn.</summary>
    /// <param name="wait">How long until there may be one, where there is none.</param>
    public bool TryTake(out TimeSpan wait)
    {
        lock (gate)
        {
            var elapsed = time.GetElapsedTime(start);
            var now = elapsed.Ticks / segment.Ticks;
            for (var passed = Math.Min(now - current, Segments); passed > 0; passed--)
            {
                var oldest = (int)((now - passed + 1) % Segments);
                taken -= counts[oldest];
                counts[oldest] = 0;
            }
            current = now;
            if (taken < limit)
            {
                counts[now % Segments]++;
                taken++;
                wait = TimeSpan.Zero;
                return true;
            }
            // The oldest segment in which turns were taken is the next to leave the window.
            var age = Segments - 1;
            while (counts[(now - age + Segments) % Segments] == 0)
                age--;
            wait = TimeSpan.FromTicks(((now - age + Segments) * segment.Ticks) - elapsed.Ticks);
            return false;
        }
    }
}
