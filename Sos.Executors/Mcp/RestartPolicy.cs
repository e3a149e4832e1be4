namespace Sos.Executors.Mcp;

/// <summary>
/// When a server that failed may be started again: at once after the first failure, then after growing delays, and after
/// too many failures in a short time not for a while. Not thread-safe.
/// </summary>
internal sealed class RestartPolicy(TimeProvider time)
{
    /// <summary>So many failures within <see cref="Window"/> make a server unavailable.</summary>
    public const int MaxFailures = 5;

    /// <summary>How long a failure is remembered.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(2);

    /// <summary>How long an unavailable server is left alone, counted from its last failure.</summary>
    public static readonly TimeSpan Cooldown = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    private readonly Queue<long> failures = new();
    private long last;

    /// <summary>Notes that the server did not start, or ended unasked.</summary>
    public void Failed()
    {
        last = time.GetTimestamp();
        failures.Enqueue(last);
        if (failures.Count > MaxFailures)
            failures.Dequeue();
    }

    /// <summary>How long to wait before the next start.</summary>
    /// <param name="unavailableFor">How long no start is made; null if one may be made.</param>
    public TimeSpan NextDelay(out TimeSpan? unavailableFor)
    {
        while (failures.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > Window)
            failures.Dequeue();
        var sinceLast = time.GetElapsedTime(last);
        unavailableFor = failures.Count >= MaxFailures && sinceLast < Cooldown ? Cooldown - sinceLast : null;
        if (failures.Count < 2)
            return TimeSpan.Zero;
        var delay = FirstDelay * Math.Pow(2, failures.Count - 2) - sinceLast;
        return delay > TimeSpan.Zero ? delay : TimeSpan.Zero;
    }
}
