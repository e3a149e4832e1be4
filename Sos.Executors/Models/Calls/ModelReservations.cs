using Sos.Executors.Nodes;

namespace Sos.Executors.Models.Calls;

/// <summary>
/// What this process's calls may cost that are under way, and have cost that no checkpoint has written yet: so that many
/// at once do not exceed a budget together.
/// </summary>
internal sealed class ModelReservations(TimeProvider time)
{
    /// <summary>How long an answered call counts whose row does not commit: one that can't be logged must not count for ever.</summary>
    public static readonly TimeSpan LongestUncommitted = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, List<ModelReservation>> byWorkspace = [];

    /// <summary>Reserves what a call may cost, until it is disposed.</summary>
    /// <param name="execution">The execution that calls.</param>
    /// <param name="usd">What the call may cost, in US dollars.</param>
    public ModelReservation Reserve(ExecutionInfo execution, decimal usd)
    {
        var reservation = new ModelReservation(this, execution, usd);
        lock (gate)
        {
            if (!byWorkspace.TryGetValue(execution.WorkspaceId, out var there))
                byWorkspace[execution.WorkspaceId] = there = [];
            there.Add(reservation);
        }
        return reservation;
    }

    /// <summary>What was reserved before and still is: of two calls that would exceed a budget together, the second is refused.</summary>
    public Reserved Before(ModelReservation reservation)
    {
        var (asking, now) = (reservation.Execution, time.GetUtcNow());
        var (own, ofWorkflow, ofWorkspace) = (0m, 0m, 0m);
        var others = new Dictionary<Guid, decimal>();
        lock (gate)
        {
            var there = byWorkspace[asking.WorkspaceId];
            there.RemoveAll(r => r.Lapses <= now);
            foreach (var earlier in there.TakeWhile(r => r != reservation).Where(r => r.Usd > 0))
            {
                var execution = earlier.Execution;
                if (execution.Id == asking.Id)
                {
                    own += earlier.Usd;
                    continue;
                }
                ofWorkspace += earlier.Usd;
                if (execution.WorkflowId == asking.WorkflowId)
                    ofWorkflow += earlier.Usd;
                others[execution.Id] = others.GetValueOrDefault(execution.Id) + earlier.Usd;
            }
        }
        return new(own, ofWorkflow, ofWorkspace, others);
    }

    internal void Settle(ModelReservation reservation, decimal usd)
    {
        lock (gate)
            (reservation.Usd, reservation.Lapses) = (usd, time.GetUtcNow() + LongestUncommitted);
    }

    internal void Release(ModelReservation reservation)
    {
        lock (gate)
        {
            var workspace = reservation.Execution.WorkspaceId;
            if (byWorkspace.TryGetValue(workspace, out var there) && there.Remove(reservation) && there.Count == 0)
                byWorkspace.Remove(workspace);
        }
    }
}

/// <summary>What one call counts against budgets until it is disposed; disposing it twice does no harm.</summary>
internal sealed class ModelReservation(ModelReservations owner, ExecutionInfo execution, decimal usd) : IDisposable
{
    /// <summary>The execution that calls.</summary>
    public ExecutionInfo Execution => execution;

    /// <summary>What the call may cost or, once it is answered, has cost, in US dollars.</summary>
    public decimal Usd { get; set; } = usd;

    /// <summary>When it counts no longer; never for a call that is under way.</summary>
    public DateTimeOffset Lapses { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>The call is answered and has cost this.</summary>
    public void Settle(decimal cost) => owner.Settle(this, cost);

    /// <inheritdoc/>
    public void Dispose() => owner.Release(this);
}

/// <summary>What is reserved, in US dollars.</summary>
/// <param name="Execution">By the execution.</param>
/// <param name="OthersOfWorkflow">By the workflow's other executions.</param>
/// <param name="OthersOfWorkspace">By all other executions of the workspace.</param>
/// <param name="Others">The same by execution.</param>
internal readonly record struct Reserved(decimal Execution, decimal OthersOfWorkflow, decimal OthersOfWorkspace, IReadOnlyDictionary<Guid, decimal> Others)
{
    /// <summary>All together.</summary>
    public decimal Total => Execution + OthersOfWorkspace;
}
