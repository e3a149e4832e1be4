using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Definitions;
using Sos.Workflows.Graph;

namespace Sos.Workflows.Tests.Graph;

public sealed class GraphStateTests
{
    [Fact]
    public void A_node_without_incoming_edges_is_ready_at_once()
    {
        var state = State(["a", "b"], ["a>b"]);
        Assert.Equal(["a"], Ready(state));
        Assert.Equal(NodeProgress.Blocked, state[1]);
    }

    [Fact]
    public void A_node_waits_for_all_its_incoming_edges()
    {
        var state = State(["a", "b", "c"], ["a>c", "b>c"]);
        Ready(state);
        state.Settle(0, NodeResult.Completed);
        Assert.Empty(Ready(state));
        state.Settle(1, NodeResult.Completed);
        Assert.Equal(["c"], Ready(state));
    }

    [Fact]
    public void Join_any_starts_a_node_at_the_first_taken_edge_and_only_once()
    {
        var state = State(["a", "b", "c*"], ["a>c*", "b>c*"]);
        Ready(state);
        state.Settle(0, NodeResult.Completed);
        Assert.Equal(["c"], Ready(state));
        state.Settle(1, NodeResult.Completed);
        Assert.Empty(Ready(state));
    }

    [Fact]
    public void Skips_spread_along_chains()
    {
        var state = State(["a", "b", "c", "d"], ["a>b:yes", "b>c", "c>d"]);
        Ready(state);
        state.Settle(0, new NodeResult(NodeProgress.Completed, "no"));
        Assert.Equal([1, 2, 3], Skipped(state));
        Assert.True(state.IsDone);
    }

    [Fact]
    public void A_node_with_one_taken_and_one_untaken_edge_runs()
    {
        var state = State(["a", "b", "c"], ["a>b:yes", "a>c", "b>c"]);
        Ready(state);
        state.Settle(0, new NodeResult(NodeProgress.Completed, "no"));
        Assert.Equal(["c"], Ready(state));
    }

    [Fact]
    public void A_failure_takes_only_error_edges()
    {
        var state = State(["a", "b", "c"], ["a>b", "a>c!"]);
        Ready(state);
        state.Settle(0, NodeResult.Failed);
        Assert.Equal(["c"], Ready(state));
        Assert.Equal(NodeProgress.Skipped, state[1]);
    }

    [Theory]
    [InlineData("x", "b")]
    [InlineData("y", "c")]
    [InlineData("z", "d")]
    public void The_default_edge_is_taken_when_no_other_label_matches(string branch, string expected)
    {
        var state = State(["a", "b", "c", "d"], ["a>b:x", "a>c:y", "a>d:default"]);
        Ready(state);
        state.Settle(0, new NodeResult(NodeProgress.Completed, branch));
        Assert.Equal([expected], Ready(state));
    }

    [Fact]
    public void A_node_that_is_not_ready_can_not_end()
    {
        var state = State(["a", "b"], ["a>b"]);
        Assert.Throws<InvalidOperationException>(() => state.Settle(1, NodeResult.Completed));
    }

    [Fact]
    public void A_chain_of_ten_thousand_skips_needs_no_deep_stack()
    {
        const int Length = 10_000;
        var names = Enumerable.Range(0, Length).Select(i => $"n{i}").ToArray();
        var state = State(names, [.. Enumerable.Range(1, Length - 1).Select(i => $"n{i - 1}>n{i}" + (i == 1 ? ":yes" : ""))]);
        Ready(state);
        state.Settle(0, NodeResult.Completed);
        Assert.True(state.IsDone);
    }

    /// <summary>
    /// The naive model looks at the whole graph again and again until nothing changes. Whatever the order in which
    /// nodes end, the scheduler must come to the same end.
    /// </summary>
    [Property(MaxTest = 500)]
    public Property Every_order_of_endings_leads_to_what_the_naive_model_says() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var state = new GraphState(c.Shape);
        var random = new Random(c.Seed);
        var open = new List<int>();
        while (true)
        {
            while (state.TryTakeReady(out var node))
                open.Add(node);
            if (open.Count == 0)
                break;
            var at = random.Next(open.Count);
            var next = open[at];
            open.RemoveAt(at);
            state.Settle(next, c.Outcomes[next]);
        }
        var expected = NaiveModel(c);
        return state.IsDone.Label("not done").And(Enumerable.Range(0, c.Shape.Count).All(n => state[n] == expected[n]));
    });

    [Property(MaxTest = 500)]
    public Property A_graph_restored_in_the_middle_comes_to_the_same_end() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var random = new Random(c.Seed);
        var first = new GraphState(c.Shape);
        var ended = new Dictionary<int, NodeResult>();
        var limit = random.Next(c.Shape.Count + 1);
        while (ended.Count < limit && first.TryTakeReady(out var node))
        {
            first.Settle(node, c.Outcomes[node]);
            ended[node] = c.Outcomes[node];
        }
        // Skips may or may not have been written before the crash.
        while (first.TryTakeSkipped(out var node))
        {
            if (random.Next(2) == 0)
                ended[node] = NodeResult.Skipped;
        }

        var second = new GraphState(c.Shape, ended.OrderBy(_ => random.Next()).ToArray());
        var repeated = false;
        while (second.TryTakeReady(out var node))
        {
            repeated |= ended.ContainsKey(node);
            second.Settle(node, c.Outcomes[node]);
        }
        var expected = NaiveModel(c);
        return (!repeated).Label("an ended node became ready again")
            .And(second.IsDone).Label("not done")
            .And(Enumerable.Range(0, c.Shape.Count).All(n => second[n] == expected[n]));
    });

    private static NodeProgress[] NaiveModel(Case c)
    {
        var progress = new NodeProgress[c.Shape.Count];
        bool changed;
        do
        {
            changed = false;
            for (var node = 0; node < progress.Length; node++)
            {
                if (progress[node] != NodeProgress.Blocked)
                    continue;
                var incoming = c.Shape.Incoming[node].Select(e => c.Shape.Edges[e]).ToArray();
                var settled = incoming.Where(e => progress[e.From] != NodeProgress.Blocked).ToArray();
                var taken = settled.Any(e => progress[e.From] switch
                {
                    NodeProgress.Completed => c.Shape.Takes(e, c.Outcomes[e.From].Branch),
                    NodeProgress.Failed => e.On == EdgeTrigger.Error,
                    _ => false,
                });
                var all = settled.Length == incoming.Length;
                var runs = incoming.Length == 0 || (taken && (all || c.Shape.Joins[node] == JoinMode.Any));
                if (runs)
                    progress[node] = c.Outcomes[node].Progress;
                else if (all && !taken)
                    progress[node] = NodeProgress.Skipped;
                changed |= progress[node] != NodeProgress.Blocked;
            }
        }
        while (changed);
        return progress;
    }

    private sealed record Case(GraphShape Shape, NodeResult[] Outcomes, int Seed);

    /// <summary>Random graphs of up to 12 nodes: edges only go forward, so there is no cycle.</summary>
    private static Gen<Case> Cases =>
        from seed in Gen.Choose(0, int.MaxValue)
        from size in Gen.Choose(1, 12)
        select Build(new Random(seed), size, seed);

    private static Case Build(Random random, int size, int seed)
    {
        string?[] branches = [null, "x", "y", "default"];
        var nodes = Enumerable.Range(0, size)
            .Select(i => new NodeDefinition { Id = $"n{i}", Type = "t", Join = random.Next(3) == 0 ? JoinMode.Any : JoinMode.All }).ToArray();
        var edges = new List<EdgeDefinition>();
        for (var from = 0; from < size; from++)
        {
            for (var to = from + 1; to < size; to++)
            {
                if (random.Next(3) != 0)
                    continue;
                var onError = random.Next(4) == 0;
                edges.Add(new EdgeDefinition
                {
                    From = $"n{from}",
                    To = $"n{to}",
                    On = onError ? EdgeTrigger.Error : EdgeTrigger.Success,
                    When = onError ? null : branches[random.Next(branches.Length)],
                });
            }
        }
        var outcomes = Enumerable.Range(0, size)
            .Select(_ => random.Next(4) == 0 ? NodeResult.Failed : new NodeResult(NodeProgress.Completed, branches[random.Next(3)])).ToArray();
        return new Case(new GraphShape(nodes, edges), outcomes, seed);
    }

    /// <summary>Nodes by name, <c>*</c> for join any; edges as <c>a&gt;b</c>, <c>:label</c> for when, <c>!</c> for on error.</summary>
    private static GraphState State(string[] nodes, string[] edges) => new(new GraphShape(
        [.. nodes.Select(n => new NodeDefinition { Id = n, Type = "t", Join = n.EndsWith('*') ? JoinMode.Any : JoinMode.All })],
        [.. edges.Select(e =>
        {
            var onError = e.EndsWith('!');
            var parts = e.TrimEnd('!').Split('>', ':');
            return new EdgeDefinition { From = parts[0], To = parts[1], When = parts.ElementAtOrDefault(2), On = onError ? EdgeTrigger.Error : EdgeTrigger.Success };
        })]));

    private static List<string> Ready(GraphState state)
    {
        var ready = new List<string>();
        while (state.TryTakeReady(out var node))
            ready.Add(Name(node));
        return ready;

        static string Name(int node) => node switch { 0 => "a", 1 => "b", 2 => "c", 3 => "d", _ => $"{node}" };
    }

    private static List<int> Skipped(GraphState state)
    {
        var skipped = new List<int>();
        while (state.TryTakeSkipped(out var node))
            skipped.Add(node);
        return skipped;
    }
}
