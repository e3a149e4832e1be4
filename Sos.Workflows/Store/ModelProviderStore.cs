using System.Text.Json;
using Npgsql;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>A workspace's connections to model providers, as people manage them. API keys go in and never come out.</summary>
public sealed class ModelProviderStore(WorkspaceDatabase database, KeyRing keys)
{
    /// <summary>How many connections a workspace may have.</summary>
    public const int MaxProviders = 100;

    private const string Columns = "id, name, kind, base_url, settings, secret is not null, created_at, updated_at";

    private const string Context = "jsonb_build_object('id', id, 'name', name, 'kind', kind, 'baseUrl', base_url, 'hasApiKey', secret is not null)";

    /// <summary>Makes a connection.</summary>
    /// <exception cref="SecretException">It has an API key, and there is no key to encrypt it with.</exception>
    public async Task<SaveProviderResult> CreateAsync(KeyHolder who, ModelProviderDraft draft, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              insert into model_providers (id, workspace_id, name, kind, base_url, settings, secret)
              select $1, $2, $3, $4, $5, $6, $7
              where (select count(*) from model_providers where workspace_id = $2) < {MaxProviders}
              returning *
            ), logged as (
              {AuditEvent.Of("model_provider_created", Context, 8)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).With(draft.Name).With(draft.Kind).With(draft.BaseUrl?.AbsoluteUri).WithJson(Jsonb.Text(draft.Settings))
            .With(draft.ApiKey is { } key ? keys.Seal(key, SecretPlace.ModelProvider(who.WorkspaceId, id)) : null)
            .By(who);
        try
        {
            return await batch.FirstAsync(Read, cancellationToken) is { } provider ? new SaveProviderResult.Saved(provider) : new SaveProviderResult.TooMany();
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return new SaveProviderResult.NameTaken();
        }
    }

    /// <summary>
    /// Replaces a connection. A stored API key stays unless the draft has one or <paramref name="removeKey"/> is set;
    /// it never stays when the kind or the address changes, so that nobody can have it sent elsewhere.
    /// </summary>
    /// <exception cref="SecretException">The draft has an API key, and there is no key to encrypt it with.</exception>
    public async Task<SaveProviderResult> UpdateAsync(KeyHolder who, Guid id, ModelProviderDraft draft, bool removeKey, CancellationToken cancellationToken)
    {
        await using var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              update model_providers set name = $3, kind = $4, base_url = $5, settings = $6, updated_at = now(),
                secret = case when $8 then $7 else secret end
              where id = $1 and workspace_id = $2
                and ($8 or secret is null or kind = $4 and base_url is not distinct from $5)
              returning *
            ), logged as (
              {AuditEvent.Of("model_provider_updated", Context, 9)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).With(draft.Name).With(draft.Kind).With(draft.BaseUrl?.AbsoluteUri).WithJson(Jsonb.Text(draft.Settings))
            .With(draft.ApiKey is { } key ? keys.Seal(key, SecretPlace.ModelProvider(who.WorkspaceId, id)) : null)
            .With(removeKey || draft.ApiKey is not null, NpgsqlTypes.NpgsqlDbType.Boolean)
            .By(who);
        batch.Add("select 1 from model_providers where id = $1").With(id);
        try
        {
            await using var results = await batch.ExecuteAsync(cancellationToken);
            var saved = await results.RowsAsync(Read, cancellationToken);
            var exists = await results.RowsAsync(r => r.GetInt32(0), cancellationToken);
            await results.FinishAsync(cancellationToken);
            return saved.Count > 0 ? new SaveProviderResult.Saved(saved[0])
                : exists.Count > 0 ? new SaveProviderResult.KeyNeeded()
                : new SaveProviderResult.NotFound();
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return new SaveProviderResult.NameTaken();
        }
    }

    /// <summary>A connection; null where there is none.</summary>
    public Task<ModelProvider?> GetAsync(Guid workspaceId, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from model_providers where id = $1").With(id);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>All connections of a workspace, by name.</summary>
    public Task<List<ModelProvider>> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from model_providers where workspace_id = $1 order by name").With(workspaceId);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Deletes a connection with its API key.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from model_providers where id = $1 and workspace_id = $2 returning *
            ), logged as (
              {AuditEvent.Of("model_provider_deleted", Context, 3)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    private static bool IsNameTaken(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "model_providers_workspace_id_name_key" };

    private static ModelProvider Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        Kind = reader.GetString(2),
        BaseUrl = reader.TextOrNull(3),
        Settings = Jsonb.Read(reader, 4)!.Value,
        HasApiKey = reader.GetBoolean(5),
        CreatedAt = reader.Time(6),
        UpdatedAt = reader.Time(7),
    };
}

/// <summary>A connection to be saved.</summary>
public sealed record ModelProviderDraft
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="Models.ProviderKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the provider is; null for the kind's own address.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>What else the kind takes: an object without secrets.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>A new API key; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Everything but the key.</summary>
    public override string ToString() => $"{nameof(ModelProviderDraft)} {{ Name = {Name}, Kind = {Kind}, BaseUrl = {BaseUrl}, ApiKey = {(ApiKey is null ? "none" : "set")} }}";
}

/// <summary>A connection as people see it: whether it has an API key, and nothing of it.</summary>
public sealed record ModelProvider
{
    /// <summary>The connection's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name, by which nodes refer to it.</summary>
    public required string Name { get; init; }

    /// <summary>What it speaks: <c>openai</c>, <c>openai-compatible</c>, <c>azure-openai</c> or <c>anthropic</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the provider is; null for the kind's own address.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>What else the kind takes.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>Whether an API key is stored; it is never shown.</summary>
    public required bool HasApiKey { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What became of saving a connection.</summary>
public abstract record SaveProviderResult
{
    private SaveProviderResult()
    {
    }

    /// <summary>It is saved.</summary>
    /// <param name="Provider">The connection.</param>
    public sealed record Saved(ModelProvider Provider) : SaveProviderResult;

    /// <summary>Another one of the workspace has that name.</summary>
    public sealed record NameTaken : SaveProviderResult;

    /// <summary>There is no such connection.</summary>
    public sealed record NotFound : SaveProviderResult;

    /// <summary>The kind or address changed, so the API key must be given again or removed.</summary>
    public sealed record KeyNeeded : SaveProviderResult;

    /// <summary>The workspace has <see cref="ModelProviderStore.MaxProviders"/> already.</summary>
    public sealed record TooMany : SaveProviderResult;
}
