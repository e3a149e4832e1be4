using System.Text;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Forms;
using Sos.Api.Workflows;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Editor;

/// <summary>What an open editor knows: the document with its history, what is looked at and selected, and what is wrong.</summary>
internal sealed class EditorState(NodeCatalog catalog, DefinitionInput input)
{
    private IReadOnlyList<DefinitionProblem> found = [];
    private (EditorDocument Document, IReadOnlyList<DefinitionProblem> Found, IReadOnlyList<DefinitionProblem> All)? problems;
    private (EditorDocument Document, GraphScope Scope, EditorGraph Graph, CanvasPlacement Placement)? drawn;

    /// <summary>Something changed that is shown.</summary>
    public event Action? Changed;

    /// <summary>The document changed, and what is wrong with it is to be found anew.</summary>
    public event Action? Edited;

    /// <summary>The node types.</summary>
    public NodeCatalog Catalog => catalog;

    /// <summary>The document and those before and after it.</summary>
    public EditorHistory History { get; private set; } = EditorHistory.Of(EditorDocument.New("New workflow", catalog));

    /// <summary>The document as it is.</summary>
    public EditorDocument Document => History.Present;

    /// <summary>The document as it was saved; null for one that never was.</summary>
    public EditorDocument? Saved { get; private set; }

    /// <summary>Whether there is something to save.</summary>
    public bool IsDirty => !ReferenceEquals(Document, Saved) && (Saved is null || Document.Unread.All.Count > 0 || Document.Text != Saved.Text);

    /// <summary>The graph that is looked at.</summary>
    public GraphScope Scope { get; private set; } = GraphScope.Workflow;

    /// <summary>The same as it is drawn.</summary>
    public EditorGraph Graph => Draw().Graph;

    /// <summary>Where its nodes are.</summary>
    public CanvasPlacement Placement => Draw().Placement;

    /// <summary>The selected nodes.</summary>
    public IReadOnlySet<string> Selected { get; private set; } = new HashSet<string>();

    /// <summary>The selected edge; null for none.</summary>
    public int? SelectedEdge { get; private set; }

    /// <summary>The node whose form is shown: the only one that is selected.</summary>
    public EditorNode? Node => Selected.Count == 1 ? Graph.Find(Selected.First()) : null;

    /// <summary>What is wrong: what was typed and is no value yet, and then the definition's problems in the order of the document.</summary>
    public IReadOnlyList<DefinitionProblem> Problems
    {
        get
        {
            if (problems is not { } there || !ReferenceEquals(there.Document, Document) || !ReferenceEquals(there.Found, found))
                problems = there = (Document, found, UnreadProblems.With(Document, found));
            return there.All;
        }
    }

    /// <summary>The first of what was typed and is no value yet; null for none.</summary>
    public UnreadText? Unread => Document.Unread.All.Count > 0 ? Document.Unread.All[0] : null;

    /// <summary>The data of the last run; null where there was none.</summary>
    public LastRun? Run { get; private set; }

    /// <summary>Credentials, connectors and the like of the workspace, for fields that name one.</summary>
    public WorkspaceNames Names { get; private set; } = WorkspaceNames.None;

    /// <summary>Said to who can't see what happened; empty for nothing.</summary>
    public string Spoken { get; private set; } = "";

    /// <summary>Begins with a document.</summary>
    public void Open(EditorDocument document, bool isSaved)
    {
        (History, Saved, Scope) = (EditorHistory.Of(document), isSaved ? document : null, GraphScope.Workflow);
        Select([], null);
        Edited?.Invoke();
    }

    /// <summary>Takes over what the workspace has.</summary>
    public void Learn(LastRun? run, WorkspaceNames names) => (Run, Names) = (run, names);

    /// <summary>The document as it is was saved.</summary>
    public void MarkSaved(EditorDocument document)
    {
        Saved = document;
        Changed?.Invoke();
    }

    /// <summary>Goes on with a changed document.</summary>
    public void Apply(EditorDocument document, string? mergeKey = null, string spoken = "")
    {
        if (ReferenceEquals(document, Document))
            return;
        History = History.Do(document, mergeKey);
        AfterChange(spoken);
    }

    /// <summary>Goes back.</summary>
    public void Undo()
    {
        History = History.Undo();
        AfterChange("Undone");
    }

    /// <summary>Goes forward again.</summary>
    public void Redo()
    {
        History = History.Redo();
        AfterChange("Done again");
    }

    /// <summary>Selects nodes, or an edge, or nothing.</summary>
    public void Select(IEnumerable<string> nodes, int? edge)
    {
        var known = nodes.Where(n => Graph.Find(n) is not null).ToHashSet(StringComparer.Ordinal);
        (Selected, SelectedEdge) = (known, edge is { } e && Graph.Edges.Any(x => x.Index == e) ? e : null);
        Changed?.Invoke();
    }

    /// <summary>Looks at another graph.</summary>
    public void Enter(GraphScope scope)
    {
        Scope = Document.Holder(scope) is null ? GraphScope.Workflow : scope;
        Select([], null);
    }

    /// <summary>Gives the shown node another id.</summary>
    public void Rename(string id, string newId)
    {
        var renamed = Document.Rename(id, newId);
        if (ReferenceEquals(renamed, Document))
            return;
        var scope = Scope.Renamed(id, newId);
        History = History.Do(renamed);
        Scope = scope;
        Selected = Selected.Select(s => s == id ? newId : s).ToHashSet(StringComparer.Ordinal);
        AfterChange($"{id} is now {newId}");
    }

    /// <summary>Takes away what is selected.</summary>
    public void DeleteSelected() => Apply(
        Document.Delete(Scope, Selected, SelectedEdge is { } edge ? new HashSet<int> { edge } : new HashSet<int>()),
        spoken: Selected.Count > 1 ? $"{Selected.Count} nodes deleted" : "Deleted");

    /// <summary>Moves nodes. Those that the layout had placed keep their places beside them.</summary>
    public void Move(IReadOnlyCollection<string> ids, double dx, double dy, string? mergeKey = null)
    {
        var places = Placement.Places.ToDictionary(p => p.Key, p => ids.Contains(p.Key) ? new Point(p.Value.X + dx, p.Value.Y + dy) : p.Value, StringComparer.Ordinal);
        Apply(Document.Move(Scope, places), mergeKey);
    }

    /// <summary>Lets the layout place all nodes of the graph.</summary>
    public void Arrange() => Apply(Document.Move(Scope, CanvasPlacement.Layout(Graph)), spoken: "Arranged");

    /// <summary>Finds what is wrong.</summary>
    public void Validate()
    {
        found = input.Check(Encoding.UTF8.GetBytes(Document.Text)).Read.Problems;
        Changed?.Invoke();
    }

    /// <summary>What is wrong with a part of the document.</summary>
    public IEnumerable<DefinitionProblem> ProblemsAt(string pointer) =>
        Problems.Where(p => p.Pointer == pointer || p.Pointer.StartsWith(pointer + "/", StringComparison.Ordinal));

    /// <summary>Shows the part of the document that a pointer is in.</summary>
    /// <returns>What of the form it is in; null where that is nothing in particular.</returns>
    public string? Show(string pointer)
    {
        var (scope, found) = (GraphScope.Workflow, default(EditorNode));
        for (var graph = Document.Graph(scope); graph.Nodes.FirstOrDefault(n => Holds(n.Pointer)) is { } node; graph = Document.Graph(scope))
        {
            (Scope, found) = (scope, node);
            var inner = scope.Into(node.Id);
            if (Document.Holder(inner) is null || !Holds(Document.Graph(inner).Pointer))
                break;
            (scope, Scope) = (inner, inner);
            found = null;
        }
        if (found is not null)
        {
            Select([found.Id], null);
            return FormField.OfNode(found.Id, pointer[found.Pointer.Length..]);
        }
        if (scope == GraphScope.Workflow)
            Scope = scope;
        var edge = Graph.Edges.FirstOrDefault(e => Holds(e.Pointer));
        Select([], edge?.Index);
        return edge is null ? FormField.OfWorkflow(pointer) : FormField.OfEdge(pointer[edge.Pointer.Length..]);

        bool Holds(string part) => pointer == part || pointer.StartsWith(part + "/", StringComparison.Ordinal);
    }

    /// <summary>What the expressions of a node can see.</summary>
    public KnownData KnownFor(EditorNode node)
    {
        var steps = Graph.Before(node.Id).ToList();
        for (var scope = Scope; scope.Owners.Count > 0;)
        {
            var owner = scope.Owners[^1];
            scope = new GraphScope([.. scope.Owners.SkipLast(1)]);
            steps.AddRange(Document.Graph(scope).Before(owner));
        }
        var schema = (Document.Root["inputSchema"] as JsonObject)?["properties"] as JsonObject;
        var known = new KnownData { Steps = steps, HasItem = Scope.Owners.Count > 0, InputNames = [.. schema?.Select(p => p.Key) ?? []] };
        return Run?.Into(known, Scope.Owners.LastOrDefault()) ?? known;
    }

    private void AfterChange(string spoken)
    {
        Spoken = spoken;
        if (Document.Holder(Scope) is null)
            Scope = GraphScope.Workflow;
        Select(Selected, SelectedEdge);
        Edited?.Invoke();
    }

    private (EditorDocument, GraphScope, EditorGraph Graph, CanvasPlacement Placement) Draw()
    {
        if (drawn is { } there && ReferenceEquals(there.Document, Document) && there.Scope == Scope)
            return there;
        var graph = Document.Graph(Scope);
        var now = (Document, Scope, graph, CanvasPlacement.Of(graph));
        drawn = now;
        return now;
    }
}
