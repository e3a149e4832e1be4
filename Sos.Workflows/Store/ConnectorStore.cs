using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Connectors;

namespace Sos.Workflows.Store;

/// <summary>A workspace's own connectors, as people manage them.</summary>
public sealed class ConnectorStore(WorkspaceDatabase database)
{
    /// <summary>How many connectors a workspace may have.</summary>
    public const int MaxConnectors = 200;

    /// <summary>How many actions all connectors of a workspace may have together.</summary>
    public const int MaxActions = 20_000;

    /// <summary>How many bytes the actions of all connectors of a workspace may take.</summary>
    public const long MaxBytes = 256 * 1024 * 1024;

    private const string Columns = "id, name, source, title, description, head, action_count, revision, created_at, updated_at";
    private const string Context = "jsonb_build_object('connector', name, 'source', source, 'actions', action_count, 'revision', revision)";

    // As they are stored, compressed.
    private const string BytesOfOthers = """
        (select coalesce(sum(pg_column_size(a.definition)), 0) from connectors c join connector_actions a on a.connector_id = c.id where c.workspace_id = $1 and c.name <> $2)
        """;

    private const string InsertActions = """
        insert into connector_actions (connector_id, workspace_id, name, position, title, description, definition)
        select c.id, c.workspace_id, a.name, a.position, a.title, a.description, a.definition
        from connectors c, unnest($3::text[], $4::text[], $5::text[], $6::jsonb[]) with ordinality a(name, title, description, definition, position)
        where c.workspace_id = $1 and c.name = $2
        """;

    /// <summary><see cref="MaxBytes"/>, or what a test takes for it.</summary>
    internal long Room { get; init; } = MaxBytes;

    /// <summary>Adds a connector.</summary>
    public Task<SaveConnectorResult> CreateAsync(KeyHolder who, ConnectorManifest manifest, string source, CancellationToken cancellationToken) => SaveAsync(
        who,
        manifest,
        source,
        $"""
            insert into connectors (id, workspace_id, name, source, title, description, head, action_count)
            select $8, $1, $2, $3, $4, $5, $6, $7
            where (select count(*) from connectors where workspace_id = $1) < {MaxConnectors}
              and (select coalesce(sum(action_count), 0) from connectors where workspace_id = $1) + $7 <= {MaxActions}
              and {BytesOfOthers} + $14 <= $15
            """,
        "connector_created",
        cancellationToken);

    /// <summary>Replaces a connector of the same id with all its actions.</summary>
    public Task<SaveConnectorResult> ReplaceAsync(KeyHolder who, ConnectorManifest manifest, string source, CancellationToken cancellationToken) => SaveAsync(
        who,
        manifest,
        source,
        $"""
            update connectors set source = $3, title = $4, description = $5, head = $6, action_count = $7, revision = revision + 1, updated_at = now()
            where workspace_id = $1 and name = $2 and $8::uuid is not null
              and (select coalesce(sum(action_count), 0) from connectors where workspace_id = $1 and name <> $2) + $7 <= {MaxActions}
              and {BytesOfOthers} + $14 <= $15
            """,
        "connector_updated",
        cancellationToken);

    /// <summary>A connector by its id in workflows, without its actions; null where there is none.</summary>
    public Task<OwnConnector?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from connectors where workspace_id = $1 and name = $2").With(workspaceId).With(name);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>All connectors of a workspace, by their ids.</summary>
    public Task<List<OwnConnector>> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from connectors where workspace_id = $1 order by name").With(workspaceId);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Actions of a connector in their order.</summary>
    /// <param name="connector">The connector.</param>
    /// <param name="workspaceId">Its workspace.</param>
    /// <param name="words">Words in small letters, all of which an action's name, title or description holds.</param>
    /// <param name="after">The position of the action before the first.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<OwnAction>> ActionsAsync(OwnConnector connector, Guid workspaceId, string[] words, int after, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select name, position, definition from connector_actions
            where connector_id = $1 and position > $2
              and (select coalesce(bool_and(strpos(lower(name || ' ' || title || ' ' || description), word) > 0), true) from unnest($3::text[]) word)
            order by position limit $4
            """).With(connector.Key).With(after).With((string?[])words).With(limit);
        return batch.AllAsync(ReadAction, cancellationToken);
    }

    /// <summary>An action; null where there is none.</summary>
    public Task<OwnAction?> ActionAsync(OwnConnector connector, Guid workspaceId, string action, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("select name, position, definition from connector_actions where connector_id = $1 and name = $2").With(connector.Key).With(action);
        return batch.FirstAsync(ReadAction, cancellationToken);
    }

    /// <summary>Deletes a connector with its actions.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, string name, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from connectors where workspace_id = $1 and name = $2 returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("connector_deleted", Context, 3)}
            )
            select {Columns} from changed
            """).With(who.WorkspaceId).With(name).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    private async Task<SaveConnectorResult> SaveAsync(
        KeyHolder who, ConnectorManifest manifest, string source, string change, string eventType, CancellationToken cancellationToken)
    {
        var head = JsonSerializer.Serialize(manifest with { Actions = new Dictionary<string, ConnectorAction>() }, ConnectorJson.Default.ConnectorManifest);
        var definitions = manifest.Actions.Values.Select(a => JsonSerializer.Serialize(a, ConnectorJson.Default.ConnectorAction)).ToArray();
        await using var batch = database.In(who.WorkspaceId);
        // One who saves at the same time waits, so that the limits hold.
        batch.Add("select pg_advisory_xact_lock(hashtextextended($1::text, 8)) is null").With(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              {change}
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of(eventType, Context, 9)}
            )
            select {Columns} from changed
            """)
            .With(who.WorkspaceId).With(manifest.Id).With(source).With(manifest.Title).With(manifest.Description).WithJson(head)
            .With(manifest.Actions.Count).With(Guid.CreateVersion7()).By(who)
            .With(definitions.Sum(d => (long)Encoding.UTF8.GetByteCount(d))).With(Room);
        batch.Add("""
            delete from connector_actions a using connectors c
            where c.workspace_id = $1 and c.name = $2 and a.connector_id = c.id and c.updated_at = now()
            """).With(who.WorkspaceId).With(manifest.Id);
        batch.Add(InsertActions + " and c.updated_at = now()")
            .With(who.WorkspaceId).With(manifest.Id)
            .With([.. manifest.Actions.Keys]).With([.. manifest.Actions.Values.Select(a => a.Title)]).With([.. manifest.Actions.Values.Select(a => a.Description)])
            .With(definitions, NpgsqlDbType.Array | NpgsqlDbType.Jsonb);
        batch.Add("select 1 from connectors where workspace_id = $1 and name = $2").With(who.WorkspaceId).With(manifest.Id);
        try
        {
            await using var results = await batch.ExecuteAsync(cancellationToken);
            await results.RowsAsync(r => r.GetBoolean(0), cancellationToken);
            var saved = await results.RowsAsync(Read, cancellationToken);
            var exists = await results.RowsAsync(r => r.GetInt32(0), cancellationToken);
            await results.FinishAsync(cancellationToken);
            return saved.Count > 0 ? new SaveConnectorResult.Saved(saved[0])
                : exists.Count > 0 || eventType == "connector_created" ? new SaveConnectorResult.TooMany()
                : new SaveConnectorResult.NotFound();
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "connectors_workspace_id_name_key" })
        {
            return new SaveConnectorResult.NameTaken();
        }
    }

    private static OwnConnector Read(NpgsqlDataReader reader) => new()
    {
        Key = reader.GetGuid(0),
        Source = reader.GetString(2),
        Head = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(5), ConnectorJson.Default.ConnectorManifest)!,
        ActionCount = reader.GetInt32(6),
        Revision = reader.GetInt32(7),
        CreatedAt = reader.Time(8),
        UpdatedAt = reader.Time(9),
    };

    private static OwnAction ReadAction(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetInt32(1), JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(2), ConnectorJson.Default.ConnectorAction)!);
}

/// <summary>A connector of a workspace, as people manage it.</summary>
public sealed record OwnConnector
{
    /// <summary>Its row.</summary>
    public required Guid Key { get; init; }

    /// <summary>What it was made from: <see cref="ConnectorReading.ByHand"/> or <see cref="ConnectorReading.OpenApi"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Its manifest without the actions.</summary>
    public required ConnectorManifest Head { get; init; }

    /// <summary>How many actions it has; 0 where an MCP server says so.</summary>
    public required int ActionCount { get; init; }

    /// <summary>How often it was replaced, and one.</summary>
    public required int Revision { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last replaced.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>An action of a workspace's connector.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Position">Its place among the others, from 1.</param>
/// <param name="Definition">The action.</param>
public sealed record OwnAction(string Name, int Position, ConnectorAction Definition);

/// <summary>What became of saving a connector.</summary>
public abstract record SaveConnectorResult
{
    private SaveConnectorResult()
    {
    }

    /// <summary>It is saved.</summary>
    /// <param name="Connector">The connector.</param>
    public sealed record Saved(OwnConnector Connector) : SaveConnectorResult;

    /// <summary>The workspace has one of that id.</summary>
    public sealed record NameTaken : SaveConnectorResult;

    /// <summary>The workspace has none of that id.</summary>
    public sealed record NotFound : SaveConnectorResult;

    /// <summary>The workspace would have more than <see cref="ConnectorStore.MaxConnectors"/>, more than <see cref="ConnectorStore.MaxActions"/> actions, or more than <see cref="ConnectorStore.MaxBytes"/> of them.</summary>
    public sealed record TooMany : SaveConnectorResult;
}
