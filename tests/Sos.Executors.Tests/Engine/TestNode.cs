using System.Collections.Concurrent;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Tests.Engine;

/// <summary>A node type whose behaviour a test decides, and which counts its calls.</summary>
internal sealed class TestNode(string name, Func<NodeContext, CancellationToken, ValueTask<NodeOutcome>> behaviour) : NodeExecutor
{
    private readonly ConcurrentQueue<string> calls = new();

    public override NodeType Type { get; } = new()
    {
        Name = name,
        Title = name,
        Description = "A node of a test.",
        Category = "test",
        ConfigSchema = JsonElement.Parse("{}"),
        Branches = null,
    };

    /// <summary>Every call so far, as node id and iteration.</summary>
    public IReadOnlyCollection<string> Calls => calls;

    /// <summary>A node that gives its config back.</summary>
    public static TestNode Echo(string name = "echo") => new(name, (context, _) => new(new NodeOutcome.Completed(context.Config)));

    /// <summary>A node that waits at a gate until the test opens it.</summary>
    public static (TestNode Node, Gate Gate) Gated(string name = "gated")
    {
        var gate = new Gate();
        return (new TestNode(name, async (context, cancellationToken) =>
        {
            await gate.PassAsync(context.NodeId, cancellationToken);
            return new NodeOutcome.Completed(context.Config);
        }), gate);
    }

    public override async ValueTask<NodeOutcome> ExecuteAsync(NodeContext context, CancellationToken cancellationToken)
    {
        calls.Enqueue(context.Iteration.Length == 0 ? context.NodeId : $"{context.NodeId}[{context.Iteration}]");
        return await behaviour(context, cancellationToken);
    }
}

/// <summary>Where nodes wait until a test lets them pass.</summary>
internal sealed class Gate
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> arrivals = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> openings = new();
    private readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task PassAsync(string node, CancellationToken cancellationToken)
    {
        Of(arrivals, node).TrySetResult();
        await Task.WhenAny(Of(openings, node).Task, all.Task).WaitAsync(cancellationToken);
    }

    /// <summary>Waits until a node is at the gate.</summary>
    public Task ArrivedAsync(string node) => Of(arrivals, node).Task.WaitAsync(EngineHost.Patience);

    /// <summary>Lets one node pass.</summary>
    public void Open(string node) => Of(openings, node).TrySetResult();

    /// <summary>Lets all nodes pass.</summary>
    public void Open() => all.TrySetResult();

    private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> map, string node) =>
        map.GetOrAdd(node, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
