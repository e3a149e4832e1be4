using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Sos.Api.Auth;
using Sos.Api.Problems;
using Sos.Api.Workflows;
using Sos.Workflows.Connectors;
using Sos.Workflows.Definitions.Import;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Editor;

/// <summary>The workflow editor.</summary>
public sealed partial class EditorPage
{
    private const int MaxImport = 4 * 1024 * 1024;

    private static readonly TimeSpan ValidationDelay = TimeSpan.FromMilliseconds(250);

    private EditorCanvas? canvas;
    private EditorState? state;
    private ITimer? validation;
    private int? version;
    private string shown = "Form";
    private string? notice;
    private bool noticeIsBad;
    private bool saving;
    private bool isReady;
    private Conflict? conflict;

    /// <summary>The workflow; null for a new one.</summary>
    [Parameter] public Guid? Id { get; set; }

    /// <summary>The node to begin with, of a new workflow its type; null for none.</summary>
    [SupplyParameterFromQuery(Name = "node")] private string? NodeText { get; set; }

    [Inject] internal NodeCatalog Catalog { get; set; } = null!;

    [Inject] internal DefinitionInput Input { get; set; } = null!;

    [Inject] internal WorkflowStore Workflows { get; set; } = null!;

    [Inject] internal WorkflowSave Saving { get; set; } = null!;

    [Inject] internal ExecutionReader Executions { get; set; } = null!;

    [Inject] internal ConnectorStore Connectors { get; set; } = null!;

    [Inject] internal CredentialStore Credentials { get; set; } = null!;

    [Inject] internal RagIndexStore Indexes { get; set; } = null!;

    [Inject] internal ModelProviderStore Providers { get; set; } = null!;

    [Inject] internal NavigationManager Navigation { get; set; } = null!;

    [Inject] internal TimeProvider Clock { get; set; } = null!;

    private EditorState State => state ??= Watched(new EditorState(Catalog, Input));

    private bool IsNew => openId is null;

    /// <summary>Nobody has done anything wrong by opening an empty workflow.</summary>
    private bool IsUntouched => IsNew && !State.History.CanUndo && State.Problems is [{ Code: ProblemCodes.NoNodes }];

    private string FileName => string.Concat(State.Document.Name.Select(c => char.IsLetterOrDigit(c) ? c : '-')).Trim('-') is { Length: > 0 } name ? name : "workflow";

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        if (!Allows(Roles.Developer))
            return;
        // What is open stays open.
        if (openId is not null && Id == openId)
            return;
        LastRun? run = null;
        if (Id is { } id)
        {
            if (await Workflows.GetVersionAsync(WorkspaceId, id, null, Left) is not { Definition: { } definition } latest)
            {
                Navigation.NotFound();
                return;
            }
            version = latest.Version;
            State.Open(EditorDocument.Of(definition, Catalog), isSaved: true);
            run = await LastRun.ReadAsync(Executions, WorkspaceId, id, Left);
        }
        else
        {
            State.Open(EditorDocument.New("New workflow", Catalog), isSaved: false);
            if (NodeText is not null && Catalog.TryGet(NodeText, out _))
            {
                var (begun, first) = State.Document.Add(GraphScope.Workflow, NodeText, new Point(0, 0));
                State.Open(begun, isSaved: false);
                State.Select([first], null);
            }
        }
        openId = Id;
        State.Learn(run, await NamesAsync());
        State.Validate();
        if (NodeText is { Length: > 0 } node && State.Document.ScopeOf(node) is { } scope)
        {
            State.Enter(scope);
            State.Select([node], null);
        }
    }

    private Guid? openId;

    private async Task<WorkspaceNames> NamesAsync()
    {
        var own = await Connectors.ListAsync(WorkspaceId, Left);
        var connectors = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var connector in own)
            connectors[connector.Head.Id] = [.. (await Connectors.ActionsAsync(connector, WorkspaceId, [], 0, 200, Left)).Select(a => a.Name)];
        foreach (var id in ShippedConnectors.Ids.Order(StringComparer.Ordinal))
            connectors.TryAdd(id, [.. ShippedConnectors.Find(id)!.Actions.Keys]);
        return new WorkspaceNames(
            [.. (await Credentials.ListAsync(WorkspaceId, Left)).Select(c => c.Name)],
            connectors,
            [.. (await Workflows.ListAsync(WorkspaceId, null, null, 200, Left)).Where(w => w.Id != Id).Select(w => w.Name)],
            [.. (await Indexes.ListAsync(WorkspaceId, null, 200, Left)).Select(i => i.Index.Name)],
            [.. (await Providers.ListAsync(WorkspaceId, Left)).Select(p => p.Name)]);
    }

    private EditorState Watched(EditorState opened)
    {
        opened.Changed += () => InvokeAsync(StateHasChanged);
        validation = Clock.CreateTimer(_ => InvokeAsync(opened.Validate), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        opened.Edited += () => validation.Change(ValidationDelay, Timeout.InfiniteTimeSpan);
        return opened;
    }

    private void Rename(string? name) =>
        State.Apply(State.Document.SetGraph(GraphScope.Workflow, "name", JsonValue.Create(name ?? "")), "name");

    private async Task SaveAsync(int? expected)
    {
        (notice, conflict) = (null, null);
        if (await RefusesAsync("saved"))
            return;
        saving = true;
        var document = State.Document;
        try
        {
            var caller = await Session.RequireAsync(Roles.Developer);
            var body = Encoding.UTF8.GetBytes(document.Text);
            if (openId is not { } id)
            {
                var (made, _) = await Saving.CreateAsync(caller, body, Left);
                (version, openId) = (made.Version, made.Id);
                State.MarkSaved(document);
                Tell($"Saved as version {made.Version}.", isBad: false);
                // Going there would lose what is selected, and what can be undone.
                await canvas!.SetAddressAsync($"/workflows/{made.Id}/edit");
                return;
            }
            var (saved, _) = await Saving.UpdateAsync(caller, id, body, expected, Left);
            version = saved.Version;
            State.MarkSaved(document);
            Tell($"Saved as version {saved.Version}.", isBad: false);
        }
        catch (ProblemException e) when (e.Code == WorkflowSave.VersionChanged)
        {
            var theirs = (await Workflows.GetVersionAsync(WorkspaceId, openId!.Value, null, Left))!;
            var their = EditorDocument.Of(theirs.Definition!.Value, Catalog);
            conflict = new Conflict(theirs.Version, their, DocumentDifference.Between(their, document));
        }
        catch (Exception e) when (e is ProblemException or UnauthorizedAccessException)
        {
            State.Validate();
            Tell(e.Message, isBad: true);
        }
        finally
        {
            saving = false;
        }
    }

    private async Task ExportAsync(string ending, Func<EditorDocument, string> write)
    {
        notice = null;
        if (!await RefusesAsync("exported"))
            await canvas!.DownloadAsync(FileName + ending, write(State.Document));
    }

    /// <summary>Refuses to give away a definition that has not what somebody typed, and leads there.</summary>
    private async Task<bool> RefusesAsync(string what)
    {
        if (State.Unread is not { } unread)
            return false;
        Tell($"Not {what}: what is typed in {UnreadProblems.PlaceOf(unread)} can't be read, and would be left out. {unread.Mistake} Correct it, or undo it.", isBad: true);
        await ShowAsync(State.Problems[0]);
        return true;
    }

    private void TakeTheirs()
    {
        version = conflict!.Version;
        State.Open(conflict.Document, isSaved: true);
        conflict = null;
    }

    private async Task ImportAsync(InputFileChangeEventArgs e)
    {
        notice = null;
        if (e.File.Size > MaxImport)
        {
            Tell("The file is larger than 4 MiB.", isBad: true);
            return;
        }
        using var reader = new StreamReader(e.File.OpenReadStream(MaxImport, Left));
        var text = await reader.ReadToEndAsync(Left);
        try
        {
            if (ReactFlowImport.TryImport(JsonElement.Parse(text), out var imported))
            {
                State.Apply(EditorDocument.Of(imported.Definition, Catalog), spoken: "Imported");
                Tell(imported.Warnings.Count == 0 ? "Imported from React Flow." : "Imported from React Flow. " + string.Join(" ", imported.Warnings.Take(5).Select(w => w.Message)), isBad: false);
                return;
            }
        }
        catch (JsonException)
        {
            // What is wrong with it is said below.
        }
        if (EditorDocument.Parse(text, Catalog, out var mistake) is { } document)
        {
            State.Apply(document, spoken: "Imported");
            Tell("Imported. Nothing is saved yet.", isBad: false);
        }
        else
        {
            Tell($"The file is no definition. {mistake}", isBad: true);
        }
    }

    private async Task ShowAsync(DefinitionProblem problem)
    {
        var isText = problem is { Code: UnreadProblems.Code, Pointer: "" };
        shown = isText ? "JSON" : "Form";
        var field = isText ? "ed-json" : State.Show(problem.Pointer);
        if (field is not null && canvas is not null)
            await canvas.FocusAsync(field);
    }

    private object? Complete(string text, int caret) => State.Node is { } node
        ? ExpressionCompletion.At(text, caret, State.KnownFor(node))
        : ExpressionCompletion.At(text, caret, State.Run?.Into(new KnownData { Steps = [.. State.Graph.Nodes.Select(n => n.Id)] }, null) ?? new KnownData { Steps = [.. State.Graph.Nodes.Select(n => n.Id)] });

    private void Tell(string text, bool isBad) => (notice, noticeIsBad) = (text, isBad);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        validation?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What somebody else saved in between.</summary>
    private sealed record Conflict(int Version, EditorDocument Document, IReadOnlyList<string> Differences);
}
