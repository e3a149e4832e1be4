using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Validation;

namespace Sos.Workflows.Tests.Validation;

public sealed class GraphOrderTests
{
    [Property(MaxTest = 200)]
    public Property Ancestors_are_what_a_search_finds() => Prop.ForAll(Graphs(acyclic: true).ToArbitrary(), graph =>
    {
        var (nodes, edges) = graph;
        var order = new GraphOrder(nodes, edges.Select(e => (e.From, e.To, "")));

        Assert.Empty(order.Cycles);
        for (var from = 0; from < nodes; from++)
            Assert.Equal(Search(edges, from), Enumerable.Range(0, nodes).Where(to => order.IsBefore(from, to)).ToHashSet());
    });

    [Property(MaxTest = 200)]
    public Property A_cycle_is_a_way_back_along_edges_and_none_is_missed() => Prop.ForAll(Graphs(acyclic: false).ToArbitrary(), graph =>
    {
        var (nodes, edges) = graph;
        var order = new GraphOrder(nodes, edges.Select(e => (e.From, e.To, $"{e.From}>{e.To}")));

        foreach (var (cycle, closingEdge) in order.Cycles)
        {
            Assert.All(cycle.Zip(cycle.Skip(1)), step => Assert.Contains(step, edges));
            Assert.Equal($"{cycle[^1]}>{cycle[0]}", closingEdge);
            Assert.Contains((cycle[^1], cycle[0]), edges);
        }
        var reached = Enumerable.Range(0, nodes).Select(n => Search(edges, n)).ToList();
        var knots = Enumerable.Range(0, nodes).Where(n => reached[n].Contains(n))
            .GroupBy(n => Enumerable.Range(0, nodes).First(m => m == n || reached[n].Contains(m) && reached[m].Contains(n)));
        Assert.Equal(knots.Count(), order.Cycles.Count);
    });

    [Fact]
    public void The_shortest_way_is_found()
    {
        var order = new GraphOrder(4, [(0, 1, ""), (1, 2, ""), (2, 3, ""), (1, 3, "")]);

        Assert.Equal([0, 1, 3], order.Path(0, 3));
        Assert.Null(order.Path(3, 0));
    }

    private static Gen<(int Nodes, List<(int From, int To)> Edges)> Graphs(bool acyclic) =>
        from nodes in Gen.Choose(1, 70)
        from pairs in Gen.Zip(Gen.Choose(0, nodes - 1), Gen.Choose(0, nodes - 1)).ListOf()
        select (nodes, pairs.Where(p => p.Item1 != p.Item2).Select(p => acyclic && p.Item1 > p.Item2 ? (p.Item2, p.Item1) : p).Distinct().ToList());

    /// <summary>What edges lead to from a node, itself only when they lead back.</summary>
    private static HashSet<int> Search(List<(int From, int To)> edges, int start)
    {
        var found = new HashSet<int>();
        var open = new Stack<int>([start]);
        while (open.TryPop(out var node))
        {
            foreach (var (_, to) in edges.Where(e => e.From == node))
            {
                if (found.Add(to))
                    open.Push(to);
            }
        }
        return found;
    }
}
