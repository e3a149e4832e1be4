using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Api.Pages.Graph;

/// <summary>What a node's box shows whatever its state.</summary>
/// <param name="Id">The node's id; within a called workflow, <c>caller/id</c>.</param>
/// <param name="Name">What people call it, cut to fit.</param>
/// <param name="FullName">The same uncut.</param>
/// <param name="Type">The name of its type.</param>
/// <param name="TypeTitle">What people call the type.</param>
/// <param name="Category">The type's category, for colour.</param>
/// <param name="Icon">The type's icon.</param>
/// <param name="HasOwnBody">Whether its config holds a graph.</param>
/// <param name="Compact">Whether it is drawn small.</param>
public sealed record NodeLook(
    string Id, string Name, string FullName, string Type, string TypeTitle, string Category, string Icon, bool HasOwnBody, bool Compact)
{
    internal const double Width = 196;
    internal const double Height = 56;
    internal const double CompactWidth = 140;
    internal const double CompactHeight = 34;

    /// <summary>Takes it from a definition.</summary>
    internal static NodeLook Of(NodeDefinition node, string id, NodeCatalog catalog, bool compact)
    {
        catalog.TryGet(node.Type, out var type);
        var name = node.Name ?? node.Id;
        return new NodeLook(
            id, Cut(name, compact ? 15 : 19), name, node.Type, type?.Title ?? node.Type, type?.Category ?? "unknown", NodeIcons.Of(node.Type), type?.BodyProperty is not null, compact);
    }

    /// <summary>A text as long as it has room, with a sign where more follows.</summary>
    internal static string Cut(string text, int length) => text.Length <= length ? text : string.Concat(text.AsSpan(0, length - 1), "…");
}
