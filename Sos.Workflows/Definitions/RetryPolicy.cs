using System.Text.Json.Serialization;

namespace Sos.Workflows.Definitions;

/// <summary>How often and when a node that failed with a retryable error is tried again.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
public sealed record RetryPolicy
{
    /// <summary>Attempts in all, the first included; 1 to 100.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How the delay grows from attempt to attempt.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Backoff Backoff { get; init; }

    /// <summary>The delay before the second attempt.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The most that a delay grows to.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The delay after a failed attempt: constant, or doubling with each attempt, up to <see cref="MaxDelay"/>,
    /// then reduced by up to a half at random so that many executions don't return at the same moment.
    /// </summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="jitter">A random number from 0 (the full delay) to 1 (half of it).</param>
    public TimeSpan DelayAfter(int attempt, double jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        var factor = Backoff == Backoff.Exponential ? Math.Pow(2, Math.Min(attempt - 1, 40)) : 1;
        var full = Math.Min(Delay.TotalMilliseconds * factor, MaxDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(full * (1 - Math.Clamp(jitter, 0, 1) / 2));
    }
}

/// <summary>How a retry's delay grows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Backoff>))]
public enum Backoff
{
    /// <summary>Doubling with every attempt.</summary>
    [JsonStringEnumMemberName("exponential")] Exponential,

    /// <summary>Always the same.</summary>
    [JsonStringEnumMemberName("constant")] Constant,
}
