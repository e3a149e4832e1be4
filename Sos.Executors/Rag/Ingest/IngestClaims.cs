using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Executions;
using Sos.Workflows.Rag;
using System.Text.Json;

namespace Sos.Executors.Rag.Ingest;

/// <summary>Who is at a document: one ingestion at a time, so that nothing is embedded twice at once.</summary>
internal sealed class IngestClaims(NpgsqlDataSource dataSource)
{
    /// <summary>How long a claim of an executor that died keeps others away; the same step of the same execution goes on at once.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Claims the document that has a source; makes it where there is none.</summary>
    /// <returns>Null while somebody else has it.</returns>
    public async Task<IngestClaim?> TakeAsync(RagIndex index, IngestContent content, string key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            insert into rag_documents as d (id, workspace_id, index_id, source, content_type, ingest_key, ingest_until)
            values ($1, $2, $3, $4, $5, $6, now() + $7)
            on conflict (index_id, source) do update set ingest_key = excluded.ingest_key, ingest_until = excluded.ingest_until
            where d.ingest_key is null or d.ingest_until < now() or d.ingest_key = excluded.ingest_key
            returning id, content_hash
            """);
        command.Parameters.AddWithValue(Guid.CreateVersion7());
        command.Parameters.AddWithValue(index.WorkspaceId);
        command.Parameters.AddWithValue(index.Id);
        command.Parameters.AddWithValue(content.Source);
        command.Parameters.AddWithValue(content.ContentType);
        command.Parameters.AddWithValue(key);
        command.Parameters.AddWithValue(NpgsqlDbType.Interval, Lease);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken)
                ? new IngestClaim(reader.GetGuid(0), key, await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetFieldValue<byte[]>(1))
                : null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new RagException("index_not_found", $"The index '{index.Name}' was deleted meanwhile.");
        }
    }

    /// <summary>Keeps a claim.</summary>
    /// <exception cref="RagException">It is lost.</exception>
    public async Task RenewAsync(IngestClaim claim, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("update rag_documents set ingest_until = now() + $3 where id = $1 and ingest_key = $2");
        command.Parameters.AddWithValue(claim.DocumentId);
        command.Parameters.AddWithValue(claim.Key);
        command.Parameters.AddWithValue(NpgsqlDbType.Interval, Lease);
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw Lost();
    }

    /// <summary>Gives a claim back without a result.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="error">Why the content could not be ingested; null where nothing is known against it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task ReleaseAsync(IngestClaim claim, ExecutionError? error, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            update rag_documents set
              ingest_key = null, ingest_until = null, updated_at = now(),
              status = case when $3::jsonb is null then status else 'failed' end,
              error = coalesce($3, error)
            where id = $1 and ingest_key = $2
            """);
        command.Parameters.AddWithValue(claim.DocumentId);
        command.Parameters.AddWithValue(claim.Key);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = error is null ? DBNull.Value : JsonSerializer.Serialize(error, RagJson.Default.ExecutionError),
            NpgsqlDbType = NpgsqlDbType.Jsonb,
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What a step is told whose claim is gone.</summary>
    public static RagException Lost() => new(new Nodes.NodeError("document_changed", "The document was deleted or taken over by another ingestion meanwhile.") { Retryable = true });
}

/// <summary>A document that a step has to itself.</summary>
/// <param name="DocumentId">The document.</param>
/// <param name="Key">The step.</param>
/// <param name="ContentHash">What its chunks were made of; null while there are none.</param>
internal sealed record IngestClaim(Guid DocumentId, string Key, byte[]? ContentHash);
