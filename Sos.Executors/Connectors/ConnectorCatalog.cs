using System.Runtime.CompilerServices;
using Sos.Workflows.Connectors;
using Sos.Workflows.Store;

namespace Sos.Executors.Connectors;

/// <summary>Finds connectors: a workspace's own before those that SOS comes with.</summary>
/// <param name="own">Those of workspaces; null where there are none.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectorCatalog(WorkspaceConnectors? own, TimeProvider time)
{
    private readonly DatabaseRetry database = new(time, attempts: 7);

    // An action's plan lives as long as the action.
    private readonly ConditionalWeakTable<ConnectorAction, ActionPlan> plans = [];

    /// <summary>Finds a connector.</summary>
    /// <exception cref="ConnectorException">There is none of that id (<c>connector_not_found</c>).</exception>
    public async ValueTask<FoundConnector> FindAsync(Guid workspaceId, string id, CancellationToken cancellationToken)
    {
        if (own is not null && await database.ExecuteAsync(token => own.FindAsync(workspaceId, id, token), cancellationToken) is { } stored)
            return new(stored.Head, stored);
        if (ShippedConnectors.Find(id) is { } shipped)
            return new(shipped, null);
        var names = own is null ? [] : await database.ExecuteAsync(async token => await own.NamesAsync(workspaceId, token), cancellationToken);
        throw new ConnectorException("connector_not_found",
            $"There is no connector '{id}'. {(names.Count > 0 ? $"This workspace has {string.Join(", ", names.Take(20))}; " : "")}SOS comes with {string.Join(", ", ShippedConnectors.Ids.Order(StringComparer.Ordinal))}.");
    }

    /// <summary>The plan of an action; null of a connector whose actions are an MCP server's tools.</summary>
    /// <exception cref="ConnectorException">The connector has no such action (<c>connector_action_not_found</c>).</exception>
    public async ValueTask<ActionPlan?> PlanAsync(FoundConnector connector, string action, CancellationToken cancellationToken)
    {
        if (!connector.HasActions)
            return null;
        var found = connector.Stored is { } stored
            ? await database.ExecuteAsync(token => own!.FindActionAsync(stored, action, token), cancellationToken)
            : connector.Manifest.Actions.GetValueOrDefault(action);
        if (found is null)
        {
            var names = connector.Stored is { } asked ? await database.ExecuteAsync(async token => await own!.ActionsLikeAsync(asked, action, token), cancellationToken) : [.. connector.Manifest.Actions.Keys];
            throw new ConnectorException("connector_action_not_found",
                $"The connector '{connector.Manifest.Id}' has no action '{action}'. It has {string.Join(", ", names)}{(connector.Stored?.ActionCount > names.Count ? " and others" : "")}.");
        }
        return plans.GetValue(found, Compile);
    }

    private static ActionPlan Compile(ConnectorAction action) => ActionPlan.TryCreate(action, out var plan, out var problems)
        ? plan
        : throw new ConnectorException("invalid_connector", $"The action can't be used; import the connector again. {string.Join(' ', problems.Take(3).Select(p => $"{p.Pointer}: {p.Message}"))}");
}

/// <summary>A connector.</summary>
/// <param name="Manifest">Its manifest; of a workspace's own without the actions.</param>
/// <param name="Stored">Where it is stored; null of one that SOS comes with.</param>
internal sealed record FoundConnector(ConnectorManifest Manifest, StoredConnector? Stored)
{
    /// <summary>Whether it says itself what its actions are.</summary>
    public bool HasActions => Stored is null ? Manifest.Actions.Count > 0 : Stored.ActionCount > 0;
}
