using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>
/// Makes the organization, workspace, user and admin key that a fresh database needs before anybody can sign in.
/// Runs with the owner's rights, which the API's requests never have.
/// </summary>
public sealed class FirstWorkspace(NpgsqlDataSource owner)
{
    /// <summary>Serializes this between processes that start at the same time.</summary>
    private const long LockKey = 0x534F_5346_4952_5354; // "SOSFIRST"

    /// <summary>Whether a key opens anything.</summary>
    public async Task<bool> IsValidAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand("select exists (select from find_api_key($1))");
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = ApiKeyStore.Hash(key) });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Whether the database has any key.</summary>
    public async Task<bool> HasKeysAsync(CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand("select exists (select from api_keys)");
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>
    /// Gives the oldest workspace, which is made where there is none, an admin key. A key that exists is left as it
    /// is, revoked or not.
    /// </summary>
    public async Task AddKeyAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_advisory_xact_lock($1)").With(LockKey));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            with organization as (
              insert into organizations (id, name) select $1, 'Default' where not exists (select from workspaces) returning id
            ), workspace as (
              insert into workspaces (id, organization_id, name) select $2, id, 'Default' from organization returning id
            ), admin as (
              insert into users (id, display_name) select $3, 'Administrator' from workspace returning id
            )
            insert into memberships (workspace_id, user_id, role) select workspace.id, admin.id, 'admin' from workspace, admin
            """)
            .With(Guid.CreateVersion7()).With(Guid.CreateVersion7()).With(Guid.CreateVersion7()));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into api_keys (id, workspace_id, user_id, name, role, prefix, key_hash)
            select $1, w.id, m.user_id, 'First key', 'admin', $2, $3
            from (select id from workspaces order by id limit 1) w
            left join lateral (
              select user_id from memberships where workspace_id = w.id and role = 'admin' order by created_at, user_id limit 1) m on true
            on conflict (key_hash) do nothing
            """)
            .With(Guid.CreateVersion7()).With(ApiKeyStore.Visible(key)).With(ApiKeyStore.Hash(key)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
