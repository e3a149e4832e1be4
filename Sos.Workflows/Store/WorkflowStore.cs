using System.Text.Json;
using Npgsql;
using Sos.Workflows.Definitions;

namespace Sos.Workflows.Store;

/// <summary>Workflows and their versions.</summary>
public sealed class WorkflowStore(WorkspaceDatabase database)
{
    private const string Columns = "id, name, description, latest_version, created_at, updated_at";

    /// <summary>Saves the first version of a new workflow.</summary>
    public async Task<SaveWorkflowResult> CreateAsync(Guid workspaceId, Guid? userId, WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        var versionId = Guid.CreateVersion7();
        await using var batch = database.In(workspaceId);
        batch.Add($"""
            with workflow as (
              insert into workflows (id, workspace_id, name, description, latest_version)
              values ($1, $2, $3, $4, 1)
              returning {Columns}
            ), version as (
              insert into workflow_versions (id, workspace_id, workflow_id, version, definition, definition_text, created_by)
              select $5, $2, id, 1, $6::jsonb, $6::json, $7 from workflow
            )
            select {Columns} from workflow
            """)
            .With(Guid.CreateVersion7()).With(workspaceId).With(definition.Name).With(definition.Description)
            .With(versionId).With(JsonSerializer.Serialize(definition, DefinitionJson.Default.WorkflowDefinition)).With(userId);
        try
        {
            await using var results = await batch.ExecuteAsync(cancellationToken);
            var reader = await results.NextAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            var saved = new SaveWorkflowResult.Saved(ReadWorkflow(reader), versionId);
            await results.FinishAsync(cancellationToken);
            return saved;
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return new SaveWorkflowResult.NameTaken();
        }
    }

    /// <summary>
    /// Saves a new version. A definition that equals the latest version's changes nothing, so that a repeated save
    /// leaves one version; where it has its properties in another order, that version has them so from now on.
    /// </summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="userId">Who saves.</param>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="definition">The definition.</param>
    /// <param name="expectedVersion">The version that the caller's change is based on; null to save over any.</param>
    /// <param name="cancellationToken">Cancels the save.</param>
    public async Task<SaveWorkflowResult> AddVersionAsync(
        Guid workspaceId, Guid? userId, Guid workflowId, WorkflowDefinition definition, int? expectedVersion, CancellationToken cancellationToken)
    {
        // A round trip of its own for the lock: the statement after it sees what the last saver committed.
        await using var transaction = await database.BeginAsync(workspaceId, cancellationToken);
        await using var locking = transaction.Batch();
        locking.Add("select latest_version from workflows where id = $1 and deleted_at is null for update").With(workflowId);
        int latest;
        await using (var locked = await locking.ExecuteAsync(cancellationToken))
        {
            var row = await locked.NextAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken))
                return new SaveWorkflowResult.NotFound();
            latest = row.GetInt32(0);
        }
        if (expectedVersion is { } expected && expected != latest)
            return new SaveWorkflowResult.Changed(latest);

        await using var saving = transaction.Batch();
        saving.Add($"""
            with version as (
              insert into workflow_versions (id, workspace_id, workflow_id, version, definition, definition_text, created_by)
              select $1, $2, $3, $4 + 1, $5::jsonb, $5::json, $6
              where not exists (select from workflow_versions where workflow_id = $3 and version = $4 and definition = $5::jsonb)
              returning version
            ), ordered as (
              update workflow_versions set definition_text = $5::json
              where workflow_id = $3 and version = $4 and definition = $5::jsonb and definition_text::text is distinct from $5
            ), workflow as (
              update workflows set latest_version = version.version, name = $7, description = $8, updated_at = now()
              from version where workflows.id = $3
              returning workflows.*
            )
            select {Columns} from workflow
            union all
            select {Columns} from workflows where id = $3 and not exists (select from version)
            """)
            .With(Guid.CreateVersion7()).With(workspaceId).With(workflowId).With(latest)
            .With(JsonSerializer.Serialize(definition, DefinitionJson.Default.WorkflowDefinition)).With(userId)
            .With(definition.Name).With(definition.Description);
        saving.Add("select id from workflow_versions where workflow_id = $1 order by version desc limit 1").With(workflowId);
        try
        {
            SaveWorkflowResult.Saved saved;
            await using (var results = await saving.ExecuteAsync(cancellationToken))
            {
                var reader = await results.NextAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                var workflow = ReadWorkflow(reader);
                await results.NextAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                saved = new SaveWorkflowResult.Saved(workflow, reader.GetGuid(0));
            }
            await transaction.CommitAsync(cancellationToken);
            return saved;
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return new SaveWorkflowResult.NameTaken();
        }
    }

    /// <summary>A workflow by its id; null where there is none.</summary>
    public Task<Workflow?> GetAsync(Guid workspaceId, Guid workflowId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from workflows where id = $1 and deleted_at is null").With(workflowId);
        return batch.FirstAsync(ReadWorkflow, cancellationToken);
    }

    /// <summary>A workflow by its name, regardless of case; null where there is none.</summary>
    public Task<Workflow?> FindByNameAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from workflows where workspace_id = $1 and lower(name) = lower($2) and deleted_at is null")
            .With(workspaceId).With(name);
        return batch.FirstAsync(ReadWorkflow, cancellationToken);
    }

    /// <summary>Workflows by age, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="name">Only those whose name holds this text, regardless of case; null for all.</param>
    /// <param name="before">Only those older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<Workflow>> ListAsync(Guid workspaceId, string? name, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {Columns} from workflows
            where workspace_id = $1 and deleted_at is null
              and ($2::text is null or strpos(lower(name), lower($2)) > 0)
              and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit $4
            """)
            .With(workspaceId).With(name).With(before).With(limit);
        return batch.AllAsync(ReadWorkflow, cancellationToken);
    }

    /// <summary>A version with its definition; null where there is none, or the workflow was deleted.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="version">The version's number; null for the latest.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<WorkflowVersion?> GetVersionAsync(Guid workspaceId, Guid workflowId, int? version, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select v.id, v.workflow_id, v.version, v.created_at, v.created_by, coalesce(v.definition_text, v.definition::json), v.definition_text is not null
            from workflows w join workflow_versions v on v.workflow_id = w.id and v.version = coalesce($2, w.latest_version)
            where w.id = $1 and w.deleted_at is null
            """)
            .With(workflowId).With(version);
        return batch.FirstAsync(reader => ReadVersion(reader) with { Definition = Jsonb.Read(reader, 5), IsAsWritten = reader.GetBoolean(6) }, cancellationToken);
    }

    /// <summary>Which version an execution would run, without its definition; null where there is none, or the workflow was deleted.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="version">The version's number; null for the latest.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<FoundVersion?> ResolveAsync(Guid workspaceId, Guid workflowId, int? version, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select v.id, v.version, w.name
            from workflows w join workflow_versions v on v.workflow_id = w.id and v.version = coalesce($2, w.latest_version)
            where w.id = $1 and w.deleted_at is null
            """)
            .With(workflowId).With(version);
        return batch.FirstAsync(reader => new FoundVersion(workflowId, reader.GetGuid(0), reader.GetInt32(1), reader.GetString(2)), cancellationToken);
    }

    /// <summary>Versions of a workflow, newest first, without their definitions; empty where there is no such workflow.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="before">Only versions with a lower number; null to begin with the latest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<WorkflowVersion>> ListVersionsAsync(Guid workspaceId, Guid workflowId, int? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select v.id, v.workflow_id, v.version, v.created_at, v.created_by
            from workflows w join workflow_versions v on v.workflow_id = w.id
            where w.id = $1 and w.deleted_at is null and v.version < coalesce($2, 2147483647)
            order by v.version desc limit $3
            """)
            .With(workflowId).With(before).With(limit);
        return batch.AllAsync(ReadVersion, cancellationToken);
    }

    /// <summary>
    /// Takes a workflow out of lists and lets no new execution start. Its versions and executions stay, and those
    /// that run go on.
    /// </summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(Guid workspaceId, Guid workflowId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"update workflows set deleted_at = now() where id = $1 and deleted_at is null returning {Columns}").With(workflowId);
        return await batch.FirstAsync(ReadWorkflow, cancellationToken) is not null;
    }

    private static bool IsNameTaken(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "workflows_name" };

    private static Workflow ReadWorkflow(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        Description = reader.TextOrNull(2),
        Version = reader.GetInt32(3),
        CreatedAt = reader.Time(4),
        UpdatedAt = reader.Time(5),
    };

    private static WorkflowVersion ReadVersion(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        WorkflowId = reader.GetGuid(1),
        Version = reader.GetInt32(2),
        CreatedAt = reader.Time(3),
        CreatedBy = reader.GuidOrNull(4),
    };
}
