using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Sos.Workflows.Nodes;

/// <summary>The node types that this SOS knows, by name.</summary>
public sealed class NodeCatalog(IEnumerable<NodeType> types)
{
    private readonly FrozenDictionary<string, NodeType> types = types.ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>All node types, by category and name.</summary>
    public IEnumerable<NodeType> All => types.Values.OrderBy(t => t.Category, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal);

    /// <summary>The names of all node types.</summary>
    public IEnumerable<string> Names => types.Keys;

    /// <summary>Finds a node type by its exact name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out NodeType? type) => types.TryGetValue(name, out type);
}
