using System.Globalization;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Forms;
using Sos.Api.Pages.Json;
using Sos.Workflows.Json;

namespace Sos.Api.Pages.Editor;

/// <summary>What can be done to a document. A command that changes nothing gives the very document.</summary>
internal static class EditorCommands
{
    /// <summary>Adds a node.</summary>
    /// <returns>The document, and the node's id.</returns>
    public static (EditorDocument Document, string Id) Add(this EditorDocument document, GraphScope scope, string typeName, Point at)
    {
        var id = FreeId(document, typeName, []);
        var config = new JsonObject();
        if (document.Catalog.TryGet(typeName, out var type) && type.BodyProperty is { } body)
            config[body] = new JsonObject { ["nodes"] = new JsonArray(), ["edges"] = new JsonArray() };
        var added = Change(document, scope, holder => EditorJson.List(holder, "nodes").Add((JsonNode)new JsonObject
        {
            ["id"] = id, ["type"] = typeName, ["config"] = config, ["position"] = Position(at),
        }));
        return (added, id);
    }

    /// <summary>Puts nodes somewhere.</summary>
    public static EditorDocument Move(this EditorDocument document, GraphScope scope, IReadOnlyDictionary<string, Point> places)
    {
        var moved = document.Graph(scope).Nodes.Where(n => places.TryGetValue(n.Id, out var to) && n.Position != Round(to)).Select(n => n.Id).ToHashSet(StringComparer.Ordinal);
        return moved.Count == 0 ? document : Change(document, scope, holder =>
        {
            foreach (var node in EditorJson.Nodes(holder))
            {
                if (EditorJson.Text(node, "id") is { } id && moved.Contains(id))
                    node["position"] = Position(places[id]);
            }
        });
    }

    /// <summary>Leads from one node to another. Nothing happens where it does already, or a node is to lead to itself.</summary>
    public static EditorDocument Connect(this EditorDocument document, GraphScope scope, string from, Port port, string to)
    {
        var graph = document.Graph(scope);
        if (from == to || graph.Find(from) is null || graph.Find(to) is null || graph.Edges.Any(e => e.From == from && e.To == to && e.Port == port))
            return document;
        return Change(document, scope, holder =>
        {
            var edge = new JsonObject { ["from"] = from, ["to"] = to };
            Write(edge, port);
            EditorJson.List(holder, "edges").Add((JsonNode)edge);
        });
    }

    /// <summary>Lets an edge leave by another port.</summary>
    public static EditorDocument SetPort(this EditorDocument document, GraphScope scope, int edge, Port port) =>
        document.Graph(scope).Edges.FirstOrDefault(e => e.Index == edge) is { } there && there.Port != port
            ? Change(document, scope, holder => Write((JsonObject)holder["edges"]![edge]!, port))
            : document;

    /// <summary>Takes nodes and edges away; with a node go the edges at it.</summary>
    public static EditorDocument Delete(this EditorDocument document, GraphScope scope, IReadOnlySet<string> nodes, IReadOnlySet<int> edges)
    {
        var graph = document.Graph(scope);
        if (!graph.Nodes.Any(n => nodes.Contains(n.Id)) && !graph.Edges.Any(e => edges.Contains(e.Index)))
            return document;
        return Change(document, scope, holder =>
        {
            Filter(holder, "edges", (edge, i) => !edges.Contains(i) && !nodes.Contains(EditorJson.Text(edge, "from") ?? "") && !nodes.Contains(EditorJson.Text(edge, "to") ?? ""));
            Filter(holder, "nodes", (node, _) => !nodes.Contains(EditorJson.Text(node, "id") ?? ""));
        });
    }

    /// <summary>Gives a node another id, in edges and in every expression that names it. Nothing happens where the id is taken or empty.</summary>
    public static EditorDocument Rename(this EditorDocument document, string id, string newId)
    {
        if (id == newId || newId.Length == 0 || document.Find(id) is null || document.Find(newId) is not null)
            return document;
        var ids = new Dictionary<string, string>(StringComparer.Ordinal) { [id] = newId };
        var renamed = document.With(root =>
        {
            var (holder, node) = document.AllNodes(root).First(n => EditorJson.Text(n.Node, "id") == id);
            node["id"] = newId;
            foreach (var edge in EditorJson.Edges(holder))
                RenameEnds(edge, ids);
            RenameReferences(root, ids);
        });
        // The values that they are to replace may have named the node.
        return renamed.Keeping(document.Unread.Select(t => (t.Owner == id ? t with { Owner = newId } : t) is var one && one.Owner.Length == 0 ? one : one with { Former = JsonEdit.At(renamed.Find(one.Owner), one.Pointer) }));
    }

    /// <summary>Sets a property of a node, by a pointer into the node.</summary>
    public static EditorDocument Set(this EditorDocument document, string id, string pointer, JsonNode? value) =>
        ChangeNode(document.Forget(id, pointer), id, node => JsonEdit.Set(node, pointer, value?.DeepClone()));

    /// <summary>Takes a property of a node away.</summary>
    public static EditorDocument Unset(this EditorDocument document, string id, string pointer)
    {
        if (document.Find(id) is not { } there || JsonEdit.At(there, pointer) is null && !HasNull(there, pointer))
            return document.Forget(id, pointer);
        var isItem = JsonEdit.At(there, pointer[..pointer.LastIndexOf('/')]) is JsonArray;
        var removed = ChangeNode(document.With(UnreadTexts.None), id, node => JsonEdit.Remove(node, pointer));
        return removed.Keeping(isItem ? document.Unread.WithoutItem(id, pointer) : document.Unread.Without(id, pointer));
    }

    /// <summary>Keeps a text that somebody typed where it is no value, beside the value that stays.</summary>
    /// <param name="document">The document.</param>
    /// <param name="id">The node; empty for the workflow itself.</param>
    /// <param name="pointer">Where the value is in that; empty for the whole definition's text.</param>
    /// <param name="text">The text.</param>
    /// <param name="mistake">Why it is no value.</param>
    public static EditorDocument Keep(this EditorDocument document, string id, string pointer, string text, string mistake) =>
        document.With(document.Unread.With(new UnreadText(id, pointer, text, mistake, pointer.Length == 0 ? null : JsonEdit.At(id.Length == 0 ? document.Root : document.Find(id), pointer)?.DeepClone())));

    /// <summary>Forgets what was typed at a place and is no value; the values count.</summary>
    public static EditorDocument Forget(this EditorDocument document, string id, string pointer) => document.With(document.Unread.Without(id, pointer));

    /// <summary>Sets a property of the workflow, or of the graph that a scope names; null takes it away.</summary>
    public static EditorDocument SetGraph(this EditorDocument document, GraphScope scope, string name, JsonNode? value) =>
        Change(scope.Owners.Count == 0 ? document.Forget("", "/" + name) : document, scope, holder =>
        {
            if (value is null)
                holder.Remove(name);
            else
                holder[name] = value.DeepClone();
        });

    /// <summary>An id that is free: the text itself, or with a number.</summary>
    public static string FreeId(EditorDocument document, string wish, IReadOnlyCollection<string> alsoTaken)
    {
        var taken = document.AllNodes(document.Root).Select(n => EditorJson.Text(n.Node, "id")).Concat(alsoTaken).ToHashSet(StringComparer.Ordinal);
        if (!taken.Contains(wish))
            return wish;
        var stem = wish.TrimEnd("0123456789".ToCharArray()).TrimEnd('-');
        for (var number = 2; ; number++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{(stem.Length > 56 ? stem[..56] : stem)}-{number}");
            if (!taken.Contains(id))
                return id;
        }
    }

    /// <summary>A place as JSON, in whole units.</summary>
    internal static JsonObject Position(Point at) => new() { ["x"] = Round(at).X, ["y"] = Round(at).Y };

    internal static void RenameEnds(JsonObject edge, IReadOnlyDictionary<string, string> ids)
    {
        foreach (var end in (string[])["from", "to"])
        {
            if (EditorJson.Text(edge, end) is { } id && ids.TryGetValue(id, out var renamed))
                edge[end] = renamed;
        }
    }

    /// <summary>Writes new ids into the expressions of a graph and its bodies.</summary>
    internal static void RenameReferences(JsonObject holder, IReadOnlyDictionary<string, string> ids)
    {
        foreach (var node in EditorJson.Nodes(holder))
            StepReferences.Rename(node["config"], ids);
        if (EditorJson.Text(holder, "output") is { } text)
        {
            if (StepReferences.Rename(text, ids) is var renamed && renamed != text)
                holder["output"] = renamed;
        }
        else
        {
            StepReferences.Rename(holder["output"], ids);
        }
    }

    internal static EditorDocument Change(EditorDocument document, GraphScope scope, Action<JsonObject> change) =>
        document.Holder(scope) is null ? document : document.With(root => change(document.Holder(root, scope)!));

    private static EditorDocument ChangeNode(EditorDocument document, string id, Action<JsonObject> change) =>
        document.Find(id) is null
            ? document
            : document.With(root => change(document.AllNodes(root).First(n => EditorJson.Text(n.Node, "id") == id).Node));

    private static bool HasNull(JsonObject node, string pointer)
    {
        var cut = pointer.LastIndexOf('/');
        return JsonEdit.At(node, pointer[..cut]) switch
        {
            JsonObject o => o.ContainsKey(JsonPointer.Segments(pointer)[^1]),
            JsonArray a => int.TryParse(pointer[(cut + 1)..], out var i) && i < a.Count,
            _ => false,
        };
    }

    private static Point Round(Point at) => new(Math.Round(at.X), Math.Round(at.Y));

    private static void Write(JsonObject edge, Port port)
    {
        edge.Remove("when");
        edge.Remove("on");
        if (port.When is not null)
            edge["when"] = port.When;
        if (port.OnError)
            edge["on"] = "error";
    }

    private static void Filter(JsonObject holder, string name, Func<JsonObject, int, bool> keep)
    {
        if (holder[name] is not JsonArray list)
            return;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (list[i] is JsonObject item && !keep(item, i))
                list.RemoveAt(i);
        }
    }
}
