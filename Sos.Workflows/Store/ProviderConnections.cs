using Npgsql;
using Sos.Workflows.Models;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>A workspace's connections to model providers, as executors use them, keys opened.</summary>
public sealed class ProviderConnections(NpgsqlDataSource dataSource, KeyRing keys)
{
    /// <summary>A connection by its name; null where there is none.</summary>
    /// <exception cref="SecretException">Its API key can't be opened; the message says why.</exception>
    public async Task<ProviderConnection?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select id, name, kind, base_url, settings, secret from model_providers where workspace_id = $1 and name = $2
            """);
        command.Parameters.AddWithValue(workspaceId);
        command.Parameters.AddWithValue(name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        return new ProviderConnection
        {
            Name = reader.GetString(1),
            Kind = reader.GetString(2),
            BaseUrl = reader.TextOrNull(3) is { } url ? new Uri(url) : null,
            Settings = Jsonb.Read(reader, 4)!.Value,
            ApiKey = reader.IsDBNull(5) ? null : keys.Open(reader.GetFieldValue<byte[]>(5), SecretPlace.ModelProvider(workspaceId, reader.GetGuid(0))),
        };
    }

    /// <summary>The names of a workspace's connections, in their order.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select name from model_providers where workspace_id = $1 order by name");
        command.Parameters.AddWithValue(workspaceId);
        var names = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }
}
