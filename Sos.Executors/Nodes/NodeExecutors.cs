using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Sos.Executors.Nodes;

/// <summary>The node executors of this process, by the name of their type.</summary>
public sealed class NodeExecutors(IEnumerable<NodeExecutor> executors)
{
    private readonly FrozenDictionary<string, NodeExecutor> executors = executors.ToFrozenDictionary(e => e.Type.Name, StringComparer.Ordinal);

    /// <summary>The executor of a node type that a plan was made with.</summary>
    public NodeExecutor Get(string nodeType) => executors[nodeType];

    /// <summary>Finds the executor of a node type.</summary>
    public bool TryGet(string nodeType, [NotNullWhen(true)] out NodeExecutor? executor) => executors.TryGetValue(nodeType, out executor);
}
