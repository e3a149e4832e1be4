using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Secrets;
using Sos.Workflows.Store;

namespace Sos.Executors.Nodes;

/// <summary>
/// What a node wants written with its step's next checkpoint. A node may add from several threads at once, while the
/// engine takes what is there.
/// </summary>
/// <param name="secrets">What must not be in it.</param>
internal sealed class NodeRecords(SecretScrubber secrets)
{
    private readonly Lock gate = new();
    private readonly HashSet<string> once = new(StringComparer.Ordinal);
    private NodeRecordBatch batch = new();

    public void Add(NodeEvent e)
    {
        lock (gate)
            batch.Events.Add(e);
    }

    /// <summary>Adds an event that the attempt logs only once.</summary>
    /// <param name="key">What makes it the same.</param>
    /// <param name="e">The event.</param>
    public void AddOnce(string key, NodeEvent e)
    {
        lock (gate)
        {
            if (once.Add(key))
                batch.Events.Add(e);
        }
    }

    public void Add(ModelCallRow row, Activity? span, IDisposable? reservation = null)
    {
        lock (gate)
            batch.ModelCalls.Add(new ModelCall(row, span, reservation));
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

    /// <summary>The secrets that the attempt has used so far.</summary>
    public SecretScrubber Secrets => secrets;

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

    /// <summary>Takes everything that has been added since the last time, without secrets.</summary>
    public NodeRecordBatch Take()
    {
        NodeRecordBatch taken;
        lock (gate)
        {
            taken = batch;
            batch = new NodeRecordBatch();
        }
        return secrets.Apply(taken);
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

/// <summary>A model call that was made: its row, its span, and what holds its cost against budgets; both end when the row has committed.</summary>
internal sealed record ModelCall(ModelCallRow Row, Activity? Span, IDisposable? Reservation = null);
