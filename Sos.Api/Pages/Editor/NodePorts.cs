using System.Text.Json.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Api.Pages.Editor;

/// <summary>What a node's outgoing edges can leave by.</summary>
internal static class NodePorts
{
    private const int Most = 40;

    /// <summary>The branches of the type, or that the config names, and whatever edges leave by already; at last the error port.</summary>
    public static IReadOnlyList<Port> Of(JsonObject node, NodeType? type, IEnumerable<(string? When, bool OnError)> used)
    {
        var ports = new List<Port>();
        foreach (var branch in type?.Branches ?? Cases(node))
            Add(new Port(branch, false));
        foreach (var (when, onError) in used)
        {
            if (!onError)
                Add(new Port(when, false));
        }
        if (ports.Count == 0)
            ports.Add(Port.Next);
        ports.Add(Port.Error);
        return ports;

        void Add(Port port)
        {
            if (ports.Count < Most && !ports.Contains(port))
                ports.Add(port);
        }
    }

    /// <summary>The labels that the config lists, and the one for all others.</summary>
    private static IEnumerable<string> Cases(JsonObject node) =>
        [.. (((node["config"] as JsonObject)?["cases"] as JsonArray) ?? []).Select(EditorJson.Text).Where(c => c is { Length: > 0 }).Select(c => c!), "default"];
}
