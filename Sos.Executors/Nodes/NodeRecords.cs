using System.Diagnostics;
using System.Text.Json;
using Sos.Workflows.Store;

namespace Sos.Executors.Nodes;

/// <summary>
/// What a node wants written with its step's next checkpoint. A node may add from several threads at once, while the
/// engine takes what is there.
/// </summary>
internal sealed class NodeRecords
{
    private readonly Lock gate = new();
    private NodeRecordBatch batch = new();

    public void Add(NodeEvent e)
    {
        lock (gate)
            batch.Events.Add(e);
    }

    public void Add(ModelCallRow row, Activity? span)
    {
        lock (gate)
            batch.ModelCalls.Add(new ModelCall(row, span));
    }

    public void Add(AgentTraceRow row)
    {
        lock (gate)
            batch.AgentTraces.Add(row);
    }

    public void Add(ConversationRow row)
    {
        lock (gate)
            batch.Conversations.Add(row);
    }

    /// <summary>What the model calls cost that have been added since the last time, in US dollars.</summary>
    public decimal PendingCostUsd
    {
        get
        {
            lock (gate)
                return batch.ModelCalls.Sum(c => c.Row.CostUsd ?? 0);
        }
    }

    /// <summary>Adds what another has gathered.</summary>
    public void Add(NodeRecordBatch other)
    {
        lock (gate)
        {
            batch.Events.AddRange(other.Events);
            batch.ModelCalls.AddRange(other.ModelCalls);
            batch.AgentTraces.AddRange(other.AgentTraces);
            batch.Conversations.AddRange(other.Conversations);
        }
    }

    /// <summary>Takes everything that has been added since the last time.</summary>
    public NodeRecordBatch Take()
    {
        lock (gate)
        {
            var taken = batch;
            batch = new NodeRecordBatch();
            return taken;
        }
    }
}

/// <summary>What a node has added.</summary>
internal sealed class NodeRecordBatch
{
    public List<NodeEvent> Events { get; } = [];

    public List<ModelCall> ModelCalls { get; } = [];

    public List<AgentTraceRow> AgentTraces { get; } = [];

    public List<ConversationRow> Conversations { get; } = [];
}

/// <summary>A row for <c>event_logs</c>.</summary>
internal sealed record NodeEvent(string EventType, string? Status, JsonElement? Context, TimeSpan? Latency, DateTimeOffset Timestamp);

/// <summary>A model call that was made: its row, and its span, which ends when the row has committed.</summary>
internal sealed record ModelCall(ModelCallRow Row, Activity? Span);
