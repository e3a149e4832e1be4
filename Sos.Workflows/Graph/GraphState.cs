using Sos.Workflows.Definitions;

namespace Sos.Workflows.Graph;

/// <summary>
/// How far a graph has come: which nodes have ended, which are ready, which are skipped. Pure bookkeeping without
/// time, threads or I/O; the same outcomes in any order lead to the same state.
/// </summary>
/// <remarks>
/// A node is ready when all its incoming edges are settled and at least one was taken, with <c>join: any</c> at
/// the first one taken; it is skipped when none was, and skips spread. Nodes without incoming edges start ready.
/// </remarks>
public sealed class GraphState
{
    private readonly GraphShape shape;
    private readonly NodeProgress[] progress;
    private readonly int[] unsettled;
    private readonly bool[] taken;
    private readonly Queue<int> ready = new();
    private readonly Queue<int> skipped = new();
    private readonly Stack<int> spreading = new();
    private int ended;

    /// <summary>A graph in which nothing has happened, or only what <paramref name="outcomes"/> tells of an earlier run.</summary>
    public GraphState(GraphShape shape, IEnumerable<KeyValuePair<int, NodeResult>>? outcomes = null)
    {
        this.shape = shape;
        progress = new NodeProgress[shape.Count];
        unsettled = [.. shape.Incoming.Select(e => e.Length)];
        taken = new bool[shape.Count];

        // Ended nodes are marked before any edge is settled, so that none of them becomes ready again.
        KeyValuePair<int, NodeResult>[] known = outcomes is null ? [] : [.. outcomes];
        foreach (var (node, result) in known)
            Mark(node, result.Progress);
        foreach (var (node, result) in known)
            SettleOutgoing(node, result);
        for (var node = 0; node < shape.Count; node++)
        {
            if (shape.Incoming[node].Length == 0 && progress[node] == NodeProgress.Blocked)
                MakeReady(node);
        }
    }

    /// <summary>Where a node stands.</summary>
    public NodeProgress this[int node] => progress[node];

    /// <summary>Whether every node has ended.</summary>
    public bool IsDone => ended == shape.Count;

    /// <summary>Takes the next node that became ready, in the order in which they did.</summary>
    public bool TryTakeReady(out int node) => ready.TryDequeue(out node);

    /// <summary>Takes the next node that was skipped.</summary>
    public bool TryTakeSkipped(out int node) => skipped.TryDequeue(out node);

    /// <summary>Tells how a ready node ended.</summary>
    /// <exception cref="InvalidOperationException">The node was not ready.</exception>
    public void Settle(int node, NodeResult result)
    {
        if (progress[node] != NodeProgress.Ready)
            throw new InvalidOperationException($"Node {node} is {progress[node]} and can't end now.");
        Mark(node, result.Progress);
        SettleOutgoing(node, result);
    }

    private void Mark(int node, NodeProgress how)
    {
        if (progress[node] < NodeProgress.Completed)
            ended++;
        progress[node] = how;
    }

    private void MakeReady(int node)
    {
        progress[node] = NodeProgress.Ready;
        ready.Enqueue(node);
    }

    private void SettleOutgoing(int node, NodeResult result)
    {
        Settle(node, result, spreading);
        // Skips spread without recursion: a chain may be as long as the graph.
        while (spreading.TryPop(out var skip))
            Settle(skip, NodeResult.Skipped, spreading);
    }

    private void Settle(int node, NodeResult result, Stack<int> skips)
    {
        foreach (var number in shape.Outgoing[node])
        {
            var edge = shape.Edges[number];
            var takes = result.Progress switch
            {
                NodeProgress.Completed => shape.Takes(edge, result.Branch),
                NodeProgress.Failed => edge.On == EdgeTrigger.Error,
                _ => false,
            };
            unsettled[edge.To]--;
            taken[edge.To] |= takes;
            if (progress[edge.To] != NodeProgress.Blocked)
                continue;
            if (taken[edge.To] && (unsettled[edge.To] == 0 || shape.Joins[edge.To] == JoinMode.Any))
            {
                MakeReady(edge.To);
            }
            else if (unsettled[edge.To] == 0)
            {
                Mark(edge.To, NodeProgress.Skipped);
                skipped.Enqueue(edge.To);
                skips.Push(edge.To);
            }
        }
    }
}

/// <summary>Where a node of a <see cref="GraphState"/> stands.</summary>
public enum NodeProgress
{
    /// <summary>Waits for incoming edges.</summary>
    Blocked,

    /// <summary>May start, or has started and not ended.</summary>
    Ready,

    /// <summary>Ended well.</summary>
    Completed,

    /// <summary>Failed for good.</summary>
    Failed,

    /// <summary>None of its incoming edges was taken.</summary>
    Skipped,
}

/// <summary>How a node ended.</summary>
/// <param name="Progress">Completed, failed or skipped.</param>
/// <param name="Branch">The branch that a completed node took; null for none.</param>
public readonly record struct NodeResult(NodeProgress Progress, string? Branch = null)
{
    /// <summary>Completed without a branch.</summary>
    public static NodeResult Completed { get; } = new(NodeProgress.Completed);

    /// <summary>Failed for good.</summary>
    public static NodeResult Failed { get; } = new(NodeProgress.Failed);

    /// <summary>Skipped.</summary>
    public static NodeResult Skipped { get; } = new(NodeProgress.Skipped);
}
