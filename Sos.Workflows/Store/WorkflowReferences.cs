namespace Sos.Workflows.Store;

/// <summary>
/// What the latest versions of a workspace's workflows name in their nodes, tools and bodies. A name that an expression
/// makes is only known when it runs, and is not found.
/// </summary>
public sealed class WorkflowReferences(WorkspaceDatabase database)
{
    /// <summary>How many references are read at most.</summary>
    public const int Most = 5_000;

    /// <summary>The workflows that name credentials, by workflow name.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="credential">The credential's name; null for all of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<WorkflowReference>> ToCredentialsAsync(Guid workspaceId, string? credential, CancellationToken cancellationToken) =>
        FindAsync(workspaceId, "lax $.**.credential", credential, cancellationToken);

    /// <summary>The workflows that name connectors, by workflow name.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="connector">The connector's id; null for all of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<WorkflowReference>> ToConnectorsAsync(Guid workspaceId, string? connector, CancellationToken cancellationToken) =>
        FindAsync(workspaceId, "lax $.**.connector", connector, cancellationToken);

    private Task<List<WorkflowReference>> FindAsync(Guid workspaceId, string path, string? name, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select distinct w.name, w.id, named #>> array[]::text[]
            from workflows w
            join workflow_versions v on v.workflow_id = w.id and v.version = w.latest_version
            cross join lateral jsonb_path_query(v.definition, $2::jsonpath) named
            where w.workspace_id = $1 and w.deleted_at is null and jsonb_typeof(named) = 'string' and ($3::text is null or named #>> array[]::text[] = $3)
            order by w.name, w.id limit {Most}
            """).With(workspaceId).With(path).With(name);
        return batch.AllAsync(r => new WorkflowReference(r.GetGuid(1), r.GetString(0), r.GetString(2)), cancellationToken);
    }
}

/// <summary>A workflow that names something.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="Name">What it names.</param>
public sealed record WorkflowReference(Guid WorkflowId, string WorkflowName, string Name);
