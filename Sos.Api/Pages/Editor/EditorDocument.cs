using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Forms;
using Sos.Api.Pages.Json;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Editor;

/// <summary>
/// A workflow as the editor holds it: the definition's JSON with all that is in it, known or not, and what was typed that
/// is no part of it yet. It never changes; every command gives another one, so that undoing is going back to the former.
/// </summary>
internal sealed class EditorDocument
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DefinitionLimits.Nesting, AllowDuplicateProperties = false };
    /// <summary>How JSON is written for people.</summary>
    internal static readonly JsonSerializerOptions Indented = JsonEdit.Indented;

    private readonly JsonObject root;
    private string? text;

    private EditorDocument(JsonObject root, NodeCatalog catalog, UnreadTexts unread) => (this.root, Catalog, Unread) = (root, catalog, unread);

    /// <summary>The node types that its nodes may have.</summary>
    public NodeCatalog Catalog { get; }

    /// <summary>What was typed and is no value yet: of nodes by their ids, of the workflow by the empty one. The empty pointer is the definition's whole text.</summary>
    public UnreadTexts Unread { get; }

    /// <summary>The definition. To be read only.</summary>
    public JsonObject Root => root;

    /// <summary>The definition as indented JSON.</summary>
    public string Text => text ??= root.ToJsonString(Indented);

    /// <summary>The workflow's name; empty where it has none.</summary>
    public string Name => EditorJson.Text(root, "name") ?? "";

    /// <summary>A workflow without nodes.</summary>
    public static EditorDocument New(string name, NodeCatalog catalog) =>
        new(new JsonObject { ["name"] = name, ["nodes"] = new JsonArray(), ["edges"] = new JsonArray() }, catalog, UnreadTexts.None);

    /// <summary>Takes a definition that is stored.</summary>
    public static EditorDocument Of(JsonElement definition, NodeCatalog catalog) =>
        new(JsonObject.Create(definition.Clone()) ?? throw new ArgumentException("A definition is an object.", nameof(definition)), catalog, UnreadTexts.None);

    /// <summary>Reads a definition that a person writes; where it is none, says where the mistake is.</summary>
    public static EditorDocument? Parse(string text, NodeCatalog catalog, out TextMistake? mistake)
    {
        mistake = null;
        if (text.Length > DefinitionLimits.Bytes)
        {
            mistake = new TextMistake(null, null, $"A definition may have {DefinitionLimits.Bytes:N0} bytes.");
            return null;
        }
        try
        {
            if (JsonNode.Parse(text, null, Reading) is JsonObject read)
                return new EditorDocument(read, catalog, UnreadTexts.None);
            mistake = new TextMistake(1, 1, "A definition is a JSON object: it begins with '{'.");
        }
        catch (JsonException e)
        {
            mistake = TextMistake.Of(e, text);
        }
        return null;
    }

    /// <summary>The definition with a change made to a copy of it. What was typed into fields whose values stay is kept.</summary>
    public EditorDocument With(Action<JsonObject> change)
    {
        var copy = (JsonObject)root.DeepClone();
        change(copy);
        return new EditorDocument(copy, Catalog, UnreadTexts.None).Keeping(Unread);
    }

    /// <summary>The same with other texts that are no values yet; the very document where they are the same.</summary>
    public EditorDocument With(UnreadTexts unread) => ReferenceEquals(unread, Unread) ? this : new(root, Catalog, unread) { text = text };

    /// <summary>The same with what was typed into another one's fields, as far as they are there and have the values that they had.</summary>
    public EditorDocument Keeping(UnreadTexts unread) => With(unread.Kept((owner, pointer) =>
        // Who changes the graph decides against the whole text.
        owner.Length == 0 ? (pointer.Length > 0, JsonEdit.At(root, pointer)) : Find(owner) is { } node ? (true, JsonEdit.At(node, pointer)) : (false, null)));

    /// <summary>The graph that a scope names, as it can be drawn; the workflow's own where the scope is gone.</summary>
    public EditorGraph Graph(GraphScope scope) => EditorGraph.Read(this, scope);

    /// <summary>The object that holds a graph's nodes and edges; null where the scope names none.</summary>
    public JsonObject? Holder(GraphScope scope) => Holder(root, scope);

    /// <inheritdoc cref="Holder(GraphScope)"/>
    public JsonObject? Holder(JsonObject document, GraphScope scope)
    {
        var holder = document;
        foreach (var owner in scope.Owners)
        {
            if (EditorJson.Nodes(holder).FirstOrDefault(n => EditorJson.Text(n, "id") == owner) is not { } node || BodyOf(node) is not { } body)
                return null;
            holder = body;
        }
        return holder;
    }

    /// <summary>The graph inside a node; null where its type has none, or it has none yet.</summary>
    public JsonObject? BodyOf(JsonObject node) =>
        EditorJson.Text(node, "type") is { } name && Catalog.TryGet(name, out var type) && type.BodyProperty is { } property
            ? (node["config"] as JsonObject)?[property] as JsonObject
            : null;

    /// <summary>Every node of a document, those in bodies included, with the graph that it is in.</summary>
    public IEnumerable<(JsonObject Holder, JsonObject Node)> AllNodes(JsonObject holder)
    {
        foreach (var node in EditorJson.Nodes(holder))
        {
            yield return (holder, node);
            if (BodyOf(node) is not { } body)
                continue;
            foreach (var inner in AllNodes(body))
                yield return inner;
        }
    }

    /// <summary>The node of an id, wherever it is; null where there is none.</summary>
    public JsonObject? Find(string id) => AllNodes(root).FirstOrDefault(n => EditorJson.Text(n.Node, "id") == id).Node;

    /// <summary>The scope of the graph that a node is in; null where there is no such node.</summary>
    public GraphScope? ScopeOf(string id) => Search(root, GraphScope.Workflow, id);

    private GraphScope? Search(JsonObject holder, GraphScope scope, string id)
    {
        foreach (var node in EditorJson.Nodes(holder))
        {
            var name = EditorJson.Text(node, "id");
            if (name == id)
                return scope;
            if (name is not null && BodyOf(node) is { } body && Search(body, scope.Into(name), id) is { } found)
                return found;
        }
        return null;
    }
}
