using Microsoft.AspNetCore.Components;
using Sos.Api.Auth;
using Sos.Api.Problems;
using Sos.Api.Rag;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Rag;

/// <summary>An index: its documents, questions to it, its settings.</summary>
public sealed partial class IndexPage
{
    private const int PageSize = 100;

    private static readonly (string Name, string Title)[] Tabs = [("documents", "Documents"), ("query", "Try a query"), ("settings", "Settings")];

    private RagIndexAndSize? found;
    private List<RagDocument> documents = [];
    private IReadOnlyDictionary<Guid, RagIngestion> ingestions = new Dictionary<Guid, RagIngestion>();
    private string tab = "documents";
    private string? status;
    private string description = "";
    private Guid? deleting;
    private bool hasMore;
    private bool saved;

    /// <summary>The index.</summary>
    [Parameter] public Guid Id { get; set; }

    [SupplyParameterFromQuery] private string? Tab { get; set; }

    [SupplyParameterFromQuery] private string? Status { get; set; }

    [SupplyParameterFromQuery] private Guid? Before { get; set; }

    [SupplyParameterFromQuery] private Guid? Run { get; set; }

    /// <inheritdoc/>
    protected override bool LooksAgain => tab == "documents";

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var entered = found?.Index.Id != Id || tab != Tab;
        tab = Array.Exists(Tabs, t => t.Name == Tab) ? Tab! : "documents";
        status = Status is RagDocumentStatus.Pending or RagDocumentStatus.Ready or RagDocumentStatus.Failed ? Status : null;
        found = await Indexes.GetAsync(WorkspaceId, Id, Left);
        if (found is null)
        {
            Navigation.NotFound();
            return;
        }
        if (tab == "settings" && entered)
            (description, saved) = (found.Index.Description ?? "", false);
        if (tab != "documents")
            return;
        var read = await Documents.ListAsync(WorkspaceId, Id, new RagDocumentFilter { Status = status, Before = Before, Limit = PageSize + 1 }, Left);
        hasMore = read.Count > PageSize;
        if (hasMore)
            read.RemoveAt(PageSize);
        ingestions = read.Count == 0
            ? new Dictionary<Guid, RagIngestion>()
            : await Ingestions.LatestAsync(WorkspaceId, RagWorkflows.IngestName, RagWorkflows.IngestNode, read.Select(d => d.Id), read.Min(d => d.CreatedAt), Left);
        documents = read;
    }

    private Task DeleteAsync(RagDocument document) => TryAsync(async () =>
    {
        var who = await Session.RequireAsync(Roles.Developer);
        deleting = null;
        if (!await Documents.DeleteAsync(who.WorkspaceId, Id, document.Id, Left))
            throw ProblemCatalog.NotFound("document", document.Id);
        await LoadAsync();
    });

    private Task DescribeAsync() => TryAsync(async () =>
    {
        saved = false;
        var said = string.IsNullOrWhiteSpace(description) ? null : description.Trim();
        found = await Changes.DescribeAsync(await Session.RequireAsync(Roles.Developer), found!.Index.Name, said, Left);
        saved = true;
    });

    private string Address(Guid? before)
    {
        var query = new List<string>();
        if (status is not null)
            query.Add("status=" + status);
        if (before is { } id)
            query.Add("before=" + id);
        return query.Count == 0 ? $"/indexes/{Id}" : $"/indexes/{Id}?{string.Join('&', query)}";
    }
}
