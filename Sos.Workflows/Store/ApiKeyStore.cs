using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>API keys. Only a key's hash is stored, so a key can be shown once and never again.</summary>
public sealed class ApiKeyStore(WorkspaceDatabase database)
{
    /// <summary>What every generated key begins with, so that a leaked one is recognized.</summary>
    public const string Prefix = "sos_";

    private const string Columns = "id, name, role, prefix, user_id, created_at, expires_at, revoked_at, last_used_at";

    /// <summary>A new key: the prefix and 32 random bytes in base64url.</summary>
    public static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is stored of a key: its SHA-256.</summary>
    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>What people recognize a key by in a list; nothing of one that somebody made up, which may be short.</summary>
    internal static string Visible(string key) => key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length >= 47 ? key[..8] : "";

    /// <summary>Makes a key.</summary>
    /// <returns>What is stored of it, and the key itself.</returns>
    public async Task<(ApiKey ApiKey, string Key)> CreateAsync(
        Guid workspaceId, Guid? userId, string name, string role, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var key = Generate();
        var batch = database.In(workspaceId);
        batch.Add($"""
            insert into api_keys (id, workspace_id, user_id, name, role, prefix, key_hash, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8) returning {Columns}
            """)
            .With(Guid.CreateVersion7()).With(workspaceId).With(userId).With(name).With(role).With(Visible(key)).With(Hash(key)).With(expiresAt);
        return ((await batch.FirstAsync(Read, cancellationToken))!, key);
    }

    /// <summary>The keys of a workspace, newest first, revoked ones included.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="before">Only keys older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<ApiKey>> ListAsync(Guid workspaceId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {Columns} from api_keys
            where workspace_id = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by id desc limit $3
            """)
            .With(workspaceId).With(before).With(limit);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Makes a key useless from now on. Doing so again changes nothing.</summary>
    /// <returns>Whether there is such a key.</returns>
    public async Task<bool> RevokeAsync(Guid workspaceId, Guid keyId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning {Columns}").With(keyId);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    /// <summary>Finds who presents a key; null for a key that is unknown, expired or revoked.</summary>
    public async Task<KeyHolder?> FindAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = database.OutsideWorkspaces("select id, workspace_id, organization_id, user_id, role, name from find_api_key($1)");
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new KeyHolder(reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GuidOrNull(3), reader.GetString(4), reader.GetString(5))
            : null;
    }

    /// <summary>Notes that keys were used just now.</summary>
    public async Task TouchAsync(Guid[] keyIds, CancellationToken cancellationToken)
    {
        await using var command = database.OutsideWorkspaces("select touch_api_keys($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = keyIds, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static ApiKey Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        Role = reader.GetString(2),
        Prefix = reader.GetString(3),
        UserId = reader.GuidOrNull(4),
        CreatedAt = reader.Time(5),
        ExpiresAt = reader.TimeOrNull(6),
        RevokedAt = reader.TimeOrNull(7),
        LastUsedAt = reader.TimeOrNull(8),
    };
}

/// <summary>What is known of a key, the key itself left out.</summary>
public sealed record ApiKey
{
    /// <summary>The key's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary><c>viewer</c>, <c>developer</c> or <c>admin</c>.</summary>
    public required string Role { get; init; }

    /// <summary>How it begins.</summary>
    public required string Prefix { get; init; }

    /// <summary>The person it acts for; null for a machine's.</summary>
    public Guid? UserId { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it stops working; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked; null while it works.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>When it was last used, to the minute; null for never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Whom a key stands for.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="WorkspaceId">The workspace it opens.</param>
/// <param name="OrganizationId">The organization that owns the workspace.</param>
/// <param name="UserId">The person it acts for; null for a machine's.</param>
/// <param name="Role">What it allows: <c>viewer</c>, <c>developer</c> or <c>admin</c>.</param>
/// <param name="KeyName">What the key is for.</param>
public sealed record KeyHolder(Guid KeyId, Guid WorkspaceId, Guid OrganizationId, Guid? UserId, string Role, string KeyName);
