namespace Sos.Migrations.Partitions;

/// <summary>How long rows are kept, in days from their creation; null keeps them for ever. Bound to the configuration section <c>Retention</c>.</summary>
public sealed record RetentionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Retention";

    /// <summary>Finished executions with their steps; one that has not finished is kept however old it is.</summary>
    /// <value>Default: 90 days.</value>
    public int? ExecutionDays { get; init; } = 90;

    /// <summary>Workflow and node events.</summary>
    /// <value>Default: 30 days.</value>
    public int? EventLogDays { get; init; } = 30;

    /// <summary>Agent traces.</summary>
    /// <value>Default: 90 days.</value>
    public int? AgentTraceDays { get; init; } = 90;

    /// <summary>Model costs.</summary>
    /// <value>Default: 400 days, a year to compare with.</value>
    public int? ModelCostDays { get; init; } = 400;

    /// <summary>Answers kept for a repeated <c>Idempotency-Key</c>.</summary>
    /// <value>Default: 7 days.</value>
    public int? IdempotencyKeyDays { get; init; } = 7;

    internal void Validate()
    {
        foreach (var (name, days) in (ReadOnlySpan<(string, int?)>)[(nameof(ExecutionDays), ExecutionDays), (nameof(EventLogDays), EventLogDays), (nameof(AgentTraceDays), AgentTraceDays), (nameof(ModelCostDays), ModelCostDays), (nameof(IdempotencyKeyDays), IdempotencyKeyDays)])
        {
            if (days is < 1 or > 36_500)
                throw new ArgumentOutOfRangeException(name, days, $"{Section}:{name} must be 1 to 36500 days, or empty to keep everything.");
        }
    }
}
