using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>The parts of timestamps, in UTC or a time zone, and of durations.</summary>
internal static class TimeFunctions
{
    internal static IEnumerable<Function> All =>
    [
        .. Part("getFullYear", time => time.Year),
        .. Part("getMonth", time => time.Month - 1),
        .. Part("getDate", time => time.Day),
        .. Part("getDayOfMonth", time => time.Day - 1),
        .. Part("getDayOfWeek", time => (int)time.DayOfWeek),
        .. Part("getDayOfYear", time => time.DayOfYear - 1),
        .. Part("getHours", time => time.Hour, nanos => nanos / (3_600 * Durations.NanosPerSecond)),
        .. Part("getMinutes", time => time.Minute, nanos => nanos / (60 * Durations.NanosPerSecond)),
        .. Part("getSeconds", time => time.Second, nanos => nanos / Durations.NanosPerSecond),
        .. Part("getMilliseconds", time => time.Millisecond, nanos => nanos % Durations.NanosPerSecond / 1_000_000),
    ];

    private static IEnumerable<Function> Part(string name, Func<DateTime, int> ofTime, Func<long, long>? ofDuration = null)
    {
        var target = ofDuration is null ? "timestamp" : "timestamp or duration";
        yield return new Function(name, $"{target}.{name}()", true, 1, (Function1)((ref state, call, in a) => a.Type switch
        {
            CelType.Timestamp => CelValue.From((long)ofTime(TimeZones.ToUtc(a))),
            CelType.Duration when ofDuration is not null => CelValue.From(ofDuration(a.TimeBits)),
            _ => call.NoOverload(a),
        }));
        yield return new Function(name, $"timestamp.{name}(zone)", true, 2, (Function2)((ref state, call, in a, in b) =>
        {
            if (a.Type != CelType.Timestamp || b.Type != CelType.String) return call.NoOverload(a, b);
            return TimeZones.TryToLocal(a, b.Text, out var local)
                ? CelValue.From((long)ofTime(local))
                : call.Invalid($"There is no time zone {Errors.Describe(b)}. Write one like 'Europe/Paris', 'UTC' or '+02:00'.");
        }));
    }
}
