namespace Sos.Migrations.Partitions;

/// <summary>What one round of partition maintenance did.</summary>
public sealed class PartitionReport
{
    private readonly List<string> _created = [];
    private readonly List<string> _dropped = [];
    private readonly List<string> _kept = [];

    /// <summary>Whether another process was at it, so that this one did nothing.</summary>
    public bool Skipped { get; internal set; }

    /// <summary>The partitions that were made.</summary>
    public IReadOnlyList<string> Created => _created;

    /// <summary>The partitions that retention dropped.</summary>
    public IReadOnlyList<string> Dropped => _dropped;

    /// <summary>The partitions past retention that still hold steps of executions that have not finished.</summary>
    public IReadOnlyList<string> Kept => _kept;

    /// <summary>Rows that moved out of a default partition into one of their own.</summary>
    public long MovedRows { get; internal set; }

    /// <summary>Finished executions past retention that were deleted.</summary>
    public long DeletedExecutions { get; internal set; }

    /// <summary>Other rows past retention that were deleted one by one, as no partition held them.</summary>
    public long DeletedRows { get; internal set; }

    internal void AddCreated(string partition) => _created.Add(partition);

    internal void AddDropped(string partition) => _dropped.Add(partition);

    internal void AddKept(string partition) => _kept.Add(partition);
}
