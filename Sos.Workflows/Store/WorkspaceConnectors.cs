using System.Text.Json;
using Npgsql;
using Sos.Workflows.Connectors;

namespace Sos.Workflows.Store;

/// <summary>A workspace's own connectors as executors use them. Changes count after five seconds at the latest.</summary>
public sealed class WorkspaceConnectors(NpgsqlDataSource dataSource, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly RecentValues<(Guid, string), StoredConnector?> connectors = new(time, Lifetime);
    private readonly RecentValues<(Guid, int, string), ConnectorAction?> actions = new(time, Lifetime);

    /// <summary>Finds a connector by its id in workflows; null where there is none.</summary>
    public ValueTask<StoredConnector?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken) =>
        connectors.GetAsync((workspaceId, name), ReadAsync, cancellationToken);

    /// <summary>Finds an action; null where there is none.</summary>
    public ValueTask<ConnectorAction?> FindActionAsync(StoredConnector connector, string action, CancellationToken cancellationToken) =>
        actions.GetAsync((connector.Id, connector.Revision, action), ReadActionAsync, cancellationToken);

    /// <summary>The ids of a workspace's connectors, in their order.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select name from connectors where workspace_id = $1 order by name limit 100");
        command.Parameters.AddWithValue(workspaceId);
        return await NamesAsync(command, cancellationToken);
    }

    /// <summary>The names of a connector's actions that are most like one, at most 20.</summary>
    public async Task<IReadOnlyList<string>> ActionsLikeAsync(StoredConnector connector, string action, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select name from connector_actions where connector_id = $1
            order by (strpos(lower(name), lower($2)) > 0) desc, abs(length(name) - length($2)), position limit 20
            """);
        command.Parameters.AddWithValue(connector.Id);
        command.Parameters.AddWithValue(action);
        return await NamesAsync(command, cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    private async Task<StoredConnector?> ReadAsync((Guid WorkspaceId, string Name) key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select id, revision, head, action_count from connectors where workspace_id = $1 and name = $2");
        command.Parameters.AddWithValue(key.WorkspaceId);
        command.Parameters.AddWithValue(key.Name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetGuid(0), reader.GetInt32(1), JsonSerializer.Deserialize(reader.GetString(2), ConnectorJson.Default.ConnectorManifest)!, reader.GetInt32(3))
            : null;
    }

    private async Task<ConnectorAction?> ReadActionAsync((Guid Id, int Revision, string Name) key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select definition from connector_actions where connector_id = $1 and name = $2");
        command.Parameters.AddWithValue(key.Id);
        command.Parameters.AddWithValue(key.Name);
        return await command.ExecuteScalarAsync(cancellationToken) is string definition
            ? JsonSerializer.Deserialize(definition, ConnectorJson.Default.ConnectorAction)
            : null;
    }
}

/// <summary>A connector of a workspace.</summary>
/// <param name="Id">Its row's id.</param>
/// <param name="Revision">How often it was replaced, and one.</param>
/// <param name="Head">Its manifest without the actions.</param>
/// <param name="ActionCount">How many actions it has; 0 where an MCP server says so.</param>
public sealed record StoredConnector(Guid Id, int Revision, ConnectorManifest Head, int ActionCount);
