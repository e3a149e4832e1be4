namespace Sos.Workflows.Expressions;

/// <summary>What an evaluation takes from its surroundings. Immutable; one instance serves many evaluations.</summary>
public sealed class CelContext
{
    /// <summary>System time, random ids, default limits, no cancellation.</summary>
    public static CelContext Default { get; } = new();

    /// <summary>The clock behind <c>now()</c>, which is read once per evaluation.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The source of <c>uuid()</c>.</summary>
    /// <value>UUIDs of version 7.</value>
    public Func<Guid> NewUuid { get; init; } = Guid.CreateVersion7;

    /// <summary>The bounds of an evaluation.</summary>
    public CelLimits Limits { get; init; } = CelLimits.Default;

    /// <summary>Stops an evaluation with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The same with a clock that stands still.</summary>
    internal CelContext AtOneMoment() => new()
    {
        TimeProvider = new StandingClock(TimeProvider.GetUtcNow()),
        NewUuid = NewUuid,
        Limits = Limits,
        CancellationToken = CancellationToken,
    };

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
