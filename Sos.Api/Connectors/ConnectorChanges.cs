using Sos.Api.Problems;
using Sos.Workflows.Connectors;
using Sos.Workflows.Store;

namespace Sos.Api.Connectors;

/// <summary>Changes of a workspace's connectors, as the API and the pages make them. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class ConnectorChanges(ConnectorStore store, ConnectorDirectory directory)
{
    /// <summary>Adds the connector that a document makes.</summary>
    public async Task<OwnConnector> CreateAsync(KeyHolder who, ConnectorReading reading, CancellationToken cancellationToken)
    {
        var manifest = Valid(reading);
        RefuseShipped(manifest.Id);
        return Saved(await store.CreateAsync(who, manifest, reading.Source, cancellationToken), manifest.Id);
    }

    /// <summary>Replaces a connector, whose id the reading must have, with all its actions.</summary>
    public async Task<OwnConnector> ReplaceAsync(KeyHolder who, string id, ConnectorReading reading, CancellationToken cancellationToken)
    {
        var manifest = Valid(reading);
        return Saved(await store.ReplaceAsync(who, manifest, reading.Source, cancellationToken), id);
    }

    /// <summary>Deletes a connector.</summary>
    public async Task DeleteAsync(KeyHolder who, string id, CancellationToken cancellationToken)
    {
        await RequireOwnAsync(who, id, cancellationToken);
        if (!await store.DeleteAsync(who, id, cancellationToken))
            throw ProblemCatalog.NotFound("connector", id);
    }

    /// <summary>Makes sure that a connector is one that can be replaced.</summary>
    public async Task RequireReplaceableAsync(KeyHolder who, string id, CancellationToken cancellationToken)
    {
        await RequireOwnAsync(who, id, cancellationToken);
        RefuseShipped(id);
    }

    private async Task RequireOwnAsync(KeyHolder who, string id, CancellationToken cancellationToken)
    {
        if ((await directory.GetAsync(who.WorkspaceId, id, cancellationToken)).Own is null)
            throw ProblemCatalog.Conflict("connector_is_shipped", $"The connector '{id}' is one that SOS comes with. Add one of your own under another id.");
    }

    /// <summary>Refuses the ids of those that SOS comes with: a workflow would be checked against the one, and call the other.</summary>
    private static void RefuseShipped(string id)
    {
        if (ShippedConnectors.Find(id) is not null)
            throw ProblemCatalog.Conflict("name_taken", $"SOS comes with a connector '{id}'. Choose another id, such as 'my-{id}'.");
    }

    private static ConnectorManifest Valid(ConnectorReading reading) =>
        reading.Manifest ?? throw ProblemCatalog.Invalid("invalid_connector", reading.Problems[0].Message, [.. reading.Problems]);

    private static OwnConnector Saved(SaveConnectorResult result, string id) => result switch
    {
        SaveConnectorResult.Saved saved => saved.Connector,
        SaveConnectorResult.NameTaken => throw ProblemCatalog.Conflict("name_taken", $"The workspace has a connector '{id}' already. Replace it with PUT /api/v1/connectors/{id}, or choose another id."),
        SaveConnectorResult.TooMany => throw ProblemCatalog.Conflict("too_many_connectors", $"A workspace has {ConnectorStore.MaxConnectors} connectors and {ConnectorStore.MaxActions:N0} actions in them at most, which take {ConnectorStore.MaxBytes / 1024 / 1024} MiB at most. Delete one that is not needed."),
        _ => throw ConnectorDirectory.NotFound(id),
    };
}
