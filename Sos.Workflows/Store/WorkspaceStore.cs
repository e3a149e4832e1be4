using Npgsql;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>A workspace and its settings.</summary>
public sealed class WorkspaceStore(WorkspaceDatabase database)
{
    private const string Columns = "id, organization_id, name, keep_model_content, created_at";

    /// <summary>The workspace; null where it does not exist any more.</summary>
    public Task<Workspace?> GetAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from workspaces where id = $1").With(workspaceId);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>Changes whether prompts and answers are kept in the log tables; executors heed it within five seconds.</summary>
    public Task<Workspace?> KeepModelContentAsync(KeyHolder who, bool keep, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              update workspaces set keep_model_content = $2 where id = $1 returning *, id as workspace_id
            ), logged as (
              {AuditEvent.Of("workspace_settings_changed", "jsonb_build_object('keepModelContent', keep_model_content)", 3)}
            )
            select {Columns} from changed
            """)
            .With(who.WorkspaceId).With(keep, NpgsqlDbType.Boolean).By(who);
        return batch.FirstAsync(Read, cancellationToken);
    }

    private static Workspace Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        OrganizationId = reader.GetGuid(1),
        Name = reader.GetString(2),
        KeepModelContent = reader.GetBoolean(3),
        CreatedAt = reader.Time(4),
    };
}

/// <summary>A workspace.</summary>
public sealed record Workspace
{
    /// <summary>The workspace's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The organization it belongs to.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether prompts and answers of model calls are kept in the log tables.</summary>
    public required bool KeepModelContent { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
