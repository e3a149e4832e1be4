using System.Text.Json;
using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>Definitions as executors read them, in any workspace.</summary>
public sealed class WorkflowVersions(NpgsqlDataSource dataSource)
{
    /// <summary>The definitions of some versions, by the version rows' ids.</summary>
    public async Task<IReadOnlyDictionary<Guid, JsonElement>> ReadAsync(IReadOnlyCollection<Guid> versions, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select id, definition from workflow_versions where id = any ($1)");
        command.Parameters.AddWithValue(versions.ToArray());
        var definitions = new Dictionary<Guid, JsonElement>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            definitions[reader.GetGuid(0)] = Jsonb.Read(reader, 1)!.Value;
        return definitions;
    }

    /// <summary>Finds the workflow that a <c>workflow</c> node names.</summary>
    /// <param name="workspace">The workspace it must be in.</param>
    /// <param name="workflow">Its id or, whatever the case, its name.</param>
    /// <param name="version">The version; null for the latest.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Null where there is none, or it is deleted.</returns>
    public async Task<FoundVersion?> FindAsync(Guid workspace, string workflow, int? version, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select w.id, v.id, v.version, w.name
            from workflows w join workflow_versions v on v.workflow_id = w.id and v.version = coalesce($4, w.latest_version)
            where w.workspace_id = $1 and w.deleted_at is null and (w.id = $2 or lower(w.name) = lower($3))
            order by (w.id = $2) desc nulls last
            limit 1
            """);
        command.Parameters.AddWithValue(workspace);
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.TryParse(workflow, out var id) ? id : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        command.Parameters.AddWithValue(workflow);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)version ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new FoundVersion(reader.GetGuid(0), reader.GetGuid(1), reader.GetInt32(2), reader.GetString(3))
            : null;
    }
}

/// <summary>A version of a workflow.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="VersionId">The version's row.</param>
/// <param name="Version">Its number.</param>
/// <param name="Name">The workflow's name.</param>
public sealed record FoundVersion(Guid WorkflowId, Guid VersionId, int Version, string Name);
