using Sos.Executors.Nodes;

namespace Sos.Executors.Models.Calls;

/// <summary>What the calls that this process has under way may cost, so that many at once do not exceed a budget together.</summary>
internal sealed class ModelReservations
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, List<Reservation>> byWorkspace = [];

    /// <summary>Reserves what a call may cost, until it is disposed.</summary>
    /// <param name="execution">The execution that calls.</param>
    /// <param name="usd">What the call may cost, in US dollars.</param>
    /// <param name="before">What was reserved before: of two calls that would exceed a budget together, the second is refused.</param>
    public IDisposable Reserve(ExecutionInfo execution, decimal usd, out Reserved before)
    {
        lock (gate)
        {
            if (!byWorkspace.TryGetValue(execution.WorkspaceId, out var there))
                byWorkspace[execution.WorkspaceId] = there = [];
            var own = there.Where(r => r.Execution.Id == execution.Id).Sum(r => r.Usd);
            var others = there.Where(r => r.Execution.Id != execution.Id);
            before = new(own, others.Where(r => r.Execution.WorkflowId == execution.WorkflowId).Sum(r => r.Usd), others.Sum(r => r.Usd));
            var reservation = new Reservation(this, execution, usd);
            there.Add(reservation);
            return reservation;
        }
    }

    private void Release(Reservation reservation)
    {
        lock (gate)
        {
            var there = byWorkspace[reservation.Execution.WorkspaceId];
            there.Remove(reservation);
            if (there.Count == 0)
                byWorkspace.Remove(reservation.Execution.WorkspaceId);
        }
    }

    private sealed class Reservation(ModelReservations owner, ExecutionInfo execution, decimal usd) : IDisposable
    {
        private bool released;

        public ExecutionInfo Execution => execution;

        public decimal Usd => usd;

        public void Dispose()
        {
            if (!released)
                owner.Release(this);
            released = true;
        }
    }
}

/// <summary>What is reserved, in US dollars.</summary>
/// <param name="Execution">By the execution.</param>
/// <param name="OthersOfWorkflow">By the workflow's other executions.</param>
/// <param name="OthersOfWorkspace">By all other executions of the workspace.</param>
internal readonly record struct Reserved(decimal Execution, decimal OthersOfWorkflow, decimal OthersOfWorkspace);
