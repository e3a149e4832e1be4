using System.Text.Json.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Api.Pages.Editor;

/// <summary>A graph of a definition as far as it can be drawn. Of nodes with one id, the first is meant.</summary>
/// <param name="Pointer">Where it is in the definition.</param>
/// <param name="Nodes">Its nodes.</param>
/// <param name="Edges">Its edges between nodes that are there.</param>
internal sealed record EditorGraph(string Pointer, IReadOnlyList<EditorNode> Nodes, IReadOnlyList<EditorEdge> Edges)
{
    private Dictionary<string, EditorNode>? byId;

    /// <summary>A node by its id; null where there is none.</summary>
    public EditorNode? Find(string id) => (byId ??= Nodes.ToDictionary(n => n.Id, StringComparer.Ordinal)).GetValueOrDefault(id);

    /// <summary>The nodes that have run, or were skipped, before a node is ready.</summary>
    public IReadOnlyList<string> Before(string id)
    {
        var into = Edges.ToLookup(e => e.To, e => e.From, StringComparer.Ordinal);
        var (found, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>(into[id]));
        while (next.TryDequeue(out var from))
        {
            if (from == id || !found.Add(from))
                continue;
            foreach (var earlier in into[from])
                next.Enqueue(earlier);
        }
        return [.. Nodes.Select(n => n.Id).Where(found.Contains)];
    }

    /// <summary>Reads a graph.</summary>
    public static EditorGraph Read(EditorDocument document, GraphScope scope)
    {
        var (holder, pointer) = (document.Root, "");
        foreach (var owner in scope.Owners)
        {
            var index = IndexOf(holder, owner);
            if (index < 0 || holder["nodes"]![index] is not JsonObject node || document.BodyOf(node) is not { } body)
                return Read(document, GraphScope.Workflow);
            document.Catalog.TryGet(EditorJson.Text(node, "type")!, out var type);
            (holder, pointer) = (body, $"{pointer}/nodes/{index}/config/{type!.BodyProperty}");
        }
        return Read(document, holder, pointer);
    }

    private static EditorGraph Read(EditorDocument document, JsonObject holder, string pointer)
    {
        var labels = EditorJson.Edges(holder).ToLookup(e => EditorJson.Text(e, "from") ?? "", e => (When: EditorJson.Text(e, "when"), OnError: EditorJson.Text(e, "on") == "error"), StringComparer.Ordinal);
        var nodes = new List<EditorNode>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (holder["nodes"] is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is not JsonObject json || EditorJson.Text(json, "id") is not { Length: > 0 } id || !ids.Add(id))
                    continue;
                var typeName = EditorJson.Text(json, "type") ?? "";
                document.Catalog.TryGet(typeName, out var type);
                nodes.Add(new EditorNode
                {
                    Id = id,
                    Pointer = $"{pointer}/nodes/{i}",
                    TypeName = typeName,
                    Type = type,
                    Name = EditorJson.Text(json, "name"),
                    Position = json["position"] is JsonObject at && EditorJson.Number(at["x"]) is { } x && EditorJson.Number(at["y"]) is { } y ? new Point(x, y) : null,
                    Ports = NodePorts.Of(json, type, labels[id]),
                    BodySize = document.BodyOf(json) is { } body ? EditorJson.Nodes(body).Count() : null,
                });
            }
        }
        var edges = new List<EditorEdge>();
        if (holder["edges"] is JsonArray ways)
        {
            for (var i = 0; i < ways.Count; i++)
            {
                if (ways[i] is JsonObject json && EditorJson.Text(json, "from") is { } from && EditorJson.Text(json, "to") is { } to && ids.Contains(from) && ids.Contains(to))
                    edges.Add(new EditorEdge(i, from, to, new Port(EditorJson.Text(json, "when"), EditorJson.Text(json, "on") == "error"), $"{pointer}/edges/{i}"));
            }
        }
        return new EditorGraph(pointer, nodes, edges);
    }

    private static int IndexOf(JsonObject holder, string id)
    {
        if (holder["nodes"] is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is JsonObject json && EditorJson.Text(json, "id") == id)
                    return i;
            }
        }
        return -1;
    }
}

/// <summary>A node as it is drawn.</summary>
internal sealed record EditorNode
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it is in the definition.</summary>
    public required string Pointer { get; init; }

    /// <summary>The name of its type, which may be unknown.</summary>
    public required string TypeName { get; init; }

    /// <summary>Its type; null where it is unknown.</summary>
    public NodeType? Type { get; init; }

    /// <summary>Its label; null where it has none but its id.</summary>
    public string? Name { get; init; }

    /// <summary>Where it was put; null to leave that to the layout.</summary>
    public Point? Position { get; init; }

    /// <summary>What its outgoing edges can leave by.</summary>
    public required IReadOnlyList<Port> Ports { get; init; }

    /// <summary>How many nodes its body has; null for a node without one.</summary>
    public int? BodySize { get; init; }

    /// <summary>What people call it.</summary>
    public string Label => string.IsNullOrWhiteSpace(Name) ? Id : Name;
}

/// <summary>An edge as it is drawn.</summary>
/// <param name="Index">Its place in the graph's edges.</param>
/// <param name="From">The node it leaves.</param>
/// <param name="To">The node it enters.</param>
/// <param name="Port">What it leaves by.</param>
/// <param name="Pointer">Where it is in the definition.</param>
internal sealed record EditorEdge(int Index, string From, string To, Port Port, string Pointer);

/// <summary>What an edge leaves a node by.</summary>
/// <param name="When">The branch; null for whichever.</param>
/// <param name="OnError">Whether it is taken when the node fails.</param>
internal sealed record Port(string? When, bool OnError)
{
    /// <summary>The way on when a node completes.</summary>
    public static Port Next { get; } = new(null, false);

    /// <summary>The way on when a node fails.</summary>
    public static Port Error { get; } = new(null, true);

    /// <summary>As one text, for the browser.</summary>
    public string Key => OnError ? "!" : When is null ? "" : "=" + When;

    /// <summary>The port of a key.</summary>
    public static Port Of(string key) => key switch
    {
        "!" => Error,
        ['=', .. var when] => new Port(when, false),
        _ => Next,
    };

    /// <summary>In words.</summary>
    public string Label => OnError ? "on error" : When ?? "";
}

/// <summary>A place on the canvas.</summary>
internal readonly record struct Point(double X, double Y);
