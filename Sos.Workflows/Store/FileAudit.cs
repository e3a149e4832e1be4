using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>Logs who changed which file through the API; files changed by nodes are logged with their step.</summary>
public sealed class FileAudit(WorkspaceDatabase database)
{
    /// <summary>Logs that a file was written.</summary>
    public Task WrittenAsync(KeyHolder who, string path, long size, CancellationToken cancellationToken) =>
        AddAsync(who, AuditEvent.Of("file_written", "jsonb_build_object('path', path, 'size', size)", 4), path, size, cancellationToken);

    /// <summary>Logs that files were deleted.</summary>
    public Task DeletedAsync(KeyHolder who, string path, long count, CancellationToken cancellationToken) =>
        AddAsync(who, AuditEvent.Of("file_deleted", "jsonb_build_object('path', path, 'deleted', size)", 4), path, count, cancellationToken);

    private async Task AddAsync(KeyHolder who, string insert, string path, long number, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              select $1::uuid as workspace_id, $2::text as path, $3::bigint as size
            )
            {insert}
            """)
            .With(who.WorkspaceId).With(path).With(number, NpgsqlDbType.Bigint).By(who);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
