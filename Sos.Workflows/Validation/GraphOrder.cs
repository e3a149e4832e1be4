namespace Sos.Workflows.Validation;

/// <summary>Which nodes of a graph run before which: all ancestors as bit sets, in one pass over the edges.</summary>
internal sealed class GraphOrder
{
    private readonly List<(int Target, string Edge)>[] next;
    private readonly List<int>[] previous;
    private readonly ulong[][] ancestors;

    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="edges">From, to and the pointer of each edge; none from a node to itself.</param>
    public GraphOrder(int nodes, IEnumerable<(int From, int To, string Pointer)> edges)
    {
        next = new List<(int, string)>[nodes];
        previous = new List<int>[nodes];
        ancestors = new ulong[nodes][];
        for (var node = 0; node < nodes; node++)
            (next[node], previous[node], ancestors[node]) = ([], [], new ulong[(nodes + 63) / 64]);
        foreach (var (from, to, pointer) in edges)
        {
            next[from].Add((to, pointer));
            previous[to].Add(from);
        }
        Cycles = FindCycles(FollowEdges());
    }

    /// <summary>Ways that lead back to where they began, each by its nodes in order, and the edge that closes it.</summary>
    public IReadOnlyList<(IReadOnlyList<int> Nodes, string ClosingEdge)> Cycles { get; }

    /// <summary>Whether a way leads from one node to another. Means nothing in a graph with cycles.</summary>
    public bool IsBefore(int node, int other) => (ancestors[other][node >> 6] >> (node & 63) & 1) != 0;

    /// <summary>The shortest way from one node to another, both included; null when there is none.</summary>
    public IReadOnlyList<int>? Path(int from, int to) => Path(from, to, _ => true);

    /// <summary>The last node, in an order in which they can run, that both nodes follow; null when there is none.</summary>
    public int? LastCommonAncestor(int node, int other)
    {
        int? last = null;
        for (var candidate = 0; candidate < next.Length; candidate++)
        {
            if (IsBefore(candidate, node) && IsBefore(candidate, other) && (last is null || IsBefore(last.Value, candidate)))
                last = candidate;
        }
        return last;
    }

    /// <summary>Fills in ancestors from the first nodes on; returns the nodes that can't be reached so, because of a cycle.</summary>
    private HashSet<int> FollowEdges()
    {
        var open = previous.Select(p => p.Count).ToArray();
        var ready = new Queue<int>(Enumerable.Range(0, next.Length).Where(n => open[n] == 0));
        var left = Enumerable.Range(0, next.Length).ToHashSet();
        while (ready.TryDequeue(out var node))
        {
            left.Remove(node);
            foreach (var (target, _) in next[node])
            {
                Merge(ancestors[target], ancestors[node], node);
                if (--open[target] == 0)
                    ready.Enqueue(target);
            }
        }
        return left;
    }

    private static void Merge(ulong[] into, ulong[] from, int node)
    {
        for (var word = 0; word < into.Length; word++)
            into[word] |= from[word];
        into[node >> 6] |= 1UL << (node & 63);
    }

    /// <summary>
    /// One cycle for every group of nodes that lead to one another: the shortest one through the first of them.
    /// </summary>
    private List<(IReadOnlyList<int>, string)> FindCycles(HashSet<int> left)
    {
        var cycles = new List<(IReadOnlyList<int>, string)>();
        foreach (var node in Enumerable.Range(0, next.Length))
        {
            if (!left.Contains(node))
                continue;
            var path = CycleThrough(node, left);
            if (path is null)
            {
                left.Remove(node);
                continue;
            }
            cycles.Add((path, next[path[^1]].First(e => e.Target == node).Edge));
            left.ExceptWith(Reachable(node, left, n => next[n].Select(e => e.Target)).Intersect(Reachable(node, left, n => previous[n])));
        }
        return cycles;
    }

    private IReadOnlyList<int>? CycleThrough(int node, HashSet<int> left)
    {
        IReadOnlyList<int>? shortest = null;
        foreach (var last in previous[node].Where(left.Contains).Distinct())
        {
            if (Path(node, last, left.Contains) is { } path && (shortest is null || path.Count < shortest.Count))
                shortest = path;
        }
        return shortest;
    }

    private IReadOnlyList<int>? Path(int from, int to, Predicate<int> allowed)
    {
        var cameFrom = new Dictionary<int, int> { [from] = -1 };
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out var node))
        {
            if (node == to)
            {
                var path = new List<int>();
                for (var step = node; step >= 0; step = cameFrom[step])
                    path.Add(step);
                path.Reverse();
                return path;
            }
            foreach (var (target, _) in next[node])
            {
                if (allowed(target) && cameFrom.TryAdd(target, node))
                    queue.Enqueue(target);
            }
        }
        return null;
    }

    private static HashSet<int> Reachable(int start, HashSet<int> allowed, Func<int, IEnumerable<int>> neighbours)
    {
        var seen = new HashSet<int> { start };
        var stack = new Stack<int>([start]);
        while (stack.TryPop(out var node))
        {
            foreach (var neighbour in neighbours(node))
            {
                if (allowed.Contains(neighbour) && seen.Add(neighbour))
                    stack.Push(neighbour);
            }
        }
        return seen;
    }
}
