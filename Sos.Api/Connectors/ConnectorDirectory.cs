using Sos.Api.Problems;
using Sos.Workflows.Connectors;
using Sos.Workflows.Store;

namespace Sos.Api.Connectors;

/// <summary>The connectors that a workspace can use: those that SOS comes with, and its own.</summary>
internal sealed class ConnectorDirectory(ConnectorStore store)
{
    /// <summary>How many characters a search may have.</summary>
    public const int MaxSearch = 200;

    private const int MaxActionName = 128;

    /// <summary>All of them without their actions, by id.</summary>
    public async Task<IReadOnlyList<KnownConnector>> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var own = await store.ListAsync(workspaceId, cancellationToken);
        var shipped = ShippedConnectors.Ids.Except(own.Select(c => c.Head.Id)).Select(id => new KnownConnector(ShippedConnectors.Find(id)!, null));
        return [.. own.Select(c => new KnownConnector(c.Head, c)).Concat(shipped).OrderBy(c => c.Manifest.Id, StringComparer.Ordinal)];
    }

    /// <summary>One of them.</summary>
    /// <exception cref="ProblemException">404: there is none of that id.</exception>
    public async Task<KnownConnector> GetAsync(Guid workspaceId, string id, CancellationToken cancellationToken) =>
        await FindAsync(workspaceId, id, cancellationToken) ?? throw NotFound(id);

    /// <summary>One of them; null where there is none of that id.</summary>
    public async Task<KnownConnector?> FindAsync(Guid workspaceId, string id, CancellationToken cancellationToken)
    {
        if (ConnectorIds.Problem(id) is not null)
            return null;
        var own = await store.FindAsync(workspaceId, id, cancellationToken);
        return (own?.Head ?? ShippedConnectors.Find(id)) is { } manifest ? new KnownConnector(manifest, own) : null;
    }

    /// <summary>Actions in the order of the document.</summary>
    /// <param name="connector">The connector.</param>
    /// <param name="workspaceId">Whose it is.</param>
    /// <param name="search">Words that an action's name, title and description hold all of; null for all actions.</param>
    /// <param name="after">The position of the action before the first.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<List<OwnAction>> ActionsAsync(KnownConnector connector, Guid workspaceId, string? search, int after, int limit, CancellationToken cancellationToken)
    {
        var words = (search ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return connector.Own is { } own
            ? await store.ActionsAsync(own, workspaceId, words, after, limit, cancellationToken)
            : [.. connector.Manifest.Actions.Select((a, index) => new OwnAction(a.Key, index + 1, a.Value))
                .Where(a => a.Position > after && words.All(w => $"{a.Name} {a.Definition.Title} {a.Definition.Description}".Contains(w, StringComparison.OrdinalIgnoreCase)))
                .Take(limit)];
    }

    /// <summary>An action; null where there is none of that name.</summary>
    public async Task<ConnectorAction?> ActionAsync(KnownConnector connector, Guid workspaceId, string name, CancellationToken cancellationToken) =>
        name.Length > MaxActionName || name.Any(char.IsControl) ? null
        : connector.Own is { } own ? (await store.ActionAsync(own, workspaceId, name, cancellationToken))?.Definition
        : connector.Manifest.Actions.GetValueOrDefault(name);

    /// <summary>The answer that there is no such connector.</summary>
    public static ProblemException NotFound(string id) => ProblemCatalog.NotFound("connector", ConnectorIds.Problem(id) is null ? id : "…");
}

/// <summary>A connector that a workspace can use.</summary>
/// <param name="Manifest">What it is; of the workspace's own, without the actions.</param>
/// <param name="Own">The workspace's own; null of one that SOS comes with.</param>
internal sealed record KnownConnector(ConnectorManifest Manifest, OwnConnector? Own)
{
    /// <summary>How many actions it has; 0 where an MCP server says so.</summary>
    public int ActionCount => Own?.ActionCount ?? Manifest.Actions.Count;
}
