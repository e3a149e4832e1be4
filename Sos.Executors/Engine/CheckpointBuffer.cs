using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>
/// What a run has to tell the database: gathers until it is taken for the next checkpoint, and knows which
/// checkpoints have been committed.
/// </summary>
internal sealed class CheckpointBuffer(int lastSeq)
{
    private Dictionary<(string Node, string Iteration), StepRow> steps = [];
    private List<EventRow> events = [];
    private List<ChildExecution> children = [];
    private List<OutgoingSignal> signals = [];
    private List<ModelCall> modelCalls = [];
    private List<ModelCall> modelCallsInFlight = [];
    private List<AgentTraceRow> agentTraces = [];
    private List<ConversationRow> conversations = [];
    private bool hasResults;

    /// <summary>The last checkpoint that is in the database.</summary>
    public int Committed { get; private set; } = lastSeq;

    /// <summary>The checkpoint that what is gathered now will be part of.</summary>
    public int Next { get; private set; } = lastSeq + 1;

    /// <summary>Whether a checkpoint is on its way.</summary>
    public bool InFlight => Next - 1 > Committed;

    /// <summary>Whether there is something to write.</summary>
    public bool IsEmpty => steps.Count == 0 && events.Count == 0 && children.Count == 0 && signals.Count == 0
        && modelCalls.Count == 0 && agentTraces.Count == 0 && conversations.Count == 0;

    /// <summary>Whether so much has gathered that it must be written before more is added.</summary>
    public bool IsFull => steps.Count >= 1_000 || events.Count >= 4_000;

    /// <summary>Whether what is gathered should be written without delay.</summary>
    public bool Urgent { get; private set; }

    /// <summary>The checkpoint that must be committed before anything that depends on what has happened so far may start.</summary>
    public int Barrier => hasResults ? Next : Next - 1;

    /// <summary>Adds a step's new state.</summary>
    /// <param name="row">The step.</param>
    /// <param name="urgent">Whether losing it would repeat work.</param>
    public void Add(StepRow row, bool urgent)
    {
        steps[(row.NodeId, row.Iteration)] = row;
        hasResults |= row.Status.IsFinal();
        Urgent |= urgent;
    }

    public void Add(EventRow row) => events.Add(row);

    public void Add(ChildExecution child) => children.Add(child);

    public void Add(OutgoingSignal signal) => signals.Add(signal);

    /// <summary>Adds what model calls and agents want written.</summary>
    public void Add(NodeRecordBatch records)
    {
        modelCalls.AddRange(records.ModelCalls);
        agentTraces.AddRange(records.AgentTraces);
        conversations.AddRange(records.Conversations);
    }

    /// <summary>Asks for what is gathered to be written without delay.</summary>
    public void Hurry() => Urgent = true;

    /// <summary>Takes what is gathered as the next checkpoint.</summary>
    public Checkpoint Take(Checkpoint envelope)
    {
        var checkpoint = envelope with
        {
            Seq = Next,
            Steps = [.. steps.Values],
            Events = events,
            Children = children,
            Signals = signals,
            ModelCalls = [.. modelCalls.Select(c => c.Row)],
            AgentTraces = agentTraces,
            Conversations = conversations,
        };
        steps = [];
        events = [];
        children = [];
        signals = [];
        modelCallsInFlight = modelCalls;
        modelCalls = [];
        agentTraces = [];
        conversations = [];
        hasResults = false;
        Urgent = false;
        Next++;
        return checkpoint;
    }

    /// <summary>Tells that the checkpoint on its way is committed.</summary>
    /// <returns>The model calls that it logged.</returns>
    public IReadOnlyList<ModelCall> Commit()
    {
        Committed = Next - 1;
        var logged = modelCallsInFlight;
        modelCallsInFlight = [];
        return logged;
    }

    /// <summary>The model calls that no checkpoint has logged and, the execution being someone else's now, none will.</summary>
    public IReadOnlyList<ModelCall> Abandon()
    {
        List<ModelCall> lost = [.. modelCallsInFlight, .. modelCalls];
        modelCallsInFlight = [];
        modelCalls = [];
        return lost;
    }
}
