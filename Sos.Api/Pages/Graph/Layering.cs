namespace Sos.Api.Pages.Graph;

/// <summary>Which column each node belongs to.</summary>
internal static class Layering
{
    /// <summary>Which edges have to be turned round to leave no cycle: those that lead back into a path that is being walked.</summary>
    public static bool[] Backward(int nodes, IReadOnlyList<(LayoutEdge Edge, int From, int To)> edges)
    {
        var outgoing = Outgoing(nodes, edges.Select(e => (e.From, e.To)));
        var backward = new bool[edges.Count];
        var hasIncoming = new bool[nodes];
        foreach (var (_, _, to) in edges)
            hasIncoming[to] = true;
        var state = new byte[nodes]; // 0 not seen, 1 on the path, 2 done
        var next = new int[nodes];
        var path = new Stack<int>();
        // From where the graph begins; what lies on a cycle without a beginning comes after.
        foreach (var start in Enumerable.Range(0, nodes).OrderBy(n => hasIncoming[n]))
        {
            if (state[start] != 0)
                continue;
            state[start] = 1;
            path.Push(start);
            while (path.TryPeek(out var node))
            {
                if (next[node] == outgoing[node].Count)
                {
                    state[node] = 2;
                    path.Pop();
                    continue;
                }
                var (edge, to) = outgoing[node][next[node]++];
                if (state[to] == 1)
                {
                    backward[edge] = true;
                }
                else if (state[to] == 0)
                {
                    state[to] = 1;
                    path.Push(to);
                }
            }
        }
        return backward;
    }

    /// <summary>Each node right behind the last of those before it; beginnings right before what they lead to.</summary>
    public static int[] LongestPath(int nodes, IReadOnlyList<(int From, int To)> edges)
    {
        var outgoing = Outgoing(nodes, edges);
        var missing = new int[nodes];
        foreach (var (_, to) in edges)
            missing[to]++;
        var layer = new int[nodes];
        var begins = missing.Select(m => m == 0).ToArray();
        var ready = new Queue<int>(Enumerable.Range(0, nodes).Where(n => begins[n]));
        while (ready.TryDequeue(out var node))
        {
            foreach (var (_, to) in outgoing[node])
            {
                layer[to] = Math.Max(layer[to], layer[node] + 1);
                if (--missing[to] == 0)
                    ready.Enqueue(to);
            }
        }
        for (var node = 0; node < nodes; node++)
        {
            if (begins[node] && outgoing[node].Count > 0)
                layer[node] = outgoing[node].Min(e => layer[e.To]) - 1;
        }
        return layer;
    }

    private static List<(int Edge, int To)>[] Outgoing(int nodes, IEnumerable<(int From, int To)> edges)
    {
        var outgoing = new List<(int, int)>[nodes];
        for (var i = 0; i < nodes; i++)
            outgoing[i] = [];
        var number = 0;
        foreach (var (from, to) in edges)
            outgoing[from].Add((number++, to));
        return outgoing;
    }
}
