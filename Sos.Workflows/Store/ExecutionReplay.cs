using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Store;

/// <summary>
/// Starts an execution again as a new one, linked to the old, with the same input, the same version unless another is
/// wanted, and those steps of the old one that need not run again. The new row and the steps commit together.
/// </summary>
public sealed class ExecutionReplay(WorkspaceDatabase database, NodeCatalog catalog)
{
    /// <summary>Starts a failed or cancelled execution again at the nodes that did not finish.</summary>
    public Task<ReplayResult> RetryAsync(Guid workspaceId, Guid executionId, Guid? userId, CancellationToken cancellationToken) =>
        ReplayAsync(workspaceId, executionId, userId, null, null, cancellationToken);

    /// <summary>
    /// Starts an ended execution again at a node: that node and everything after it run again. With another version, what
    /// that version does otherwise runs again, too.
    /// </summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="executionId">The ended execution.</param>
    /// <param name="userId">Who asks; null for nobody.</param>
    /// <param name="fromNode">A node at the top level of the version that is to run.</param>
    /// <param name="version">The version to run; null for the one that was executed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<ReplayResult> RerunAsync(Guid workspaceId, Guid executionId, Guid? userId, string fromNode, int? version, CancellationToken cancellationToken) =>
        ReplayAsync(workspaceId, executionId, userId, fromNode, version, cancellationToken);

    private async Task<ReplayResult> ReplayAsync(Guid workspaceId, Guid sourceId, Guid? userId, string? fromNode, int? version, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(workspaceId, cancellationToken);
        WorkflowDefinition before, definition;
        Guid versionId;
        var steps = new Dictionary<string, StepStatus>(StringComparer.Ordinal);
        await using (var reading = transaction.Batch())
        {
            reading.Add("""
                select e.status, v.definition, w.deleted_at is not null, n.id, n.definition
                from workflow_executions e join workflow_versions v on v.id = e.version_id join workflows w on w.id = e.workflow_id
                  left join workflow_versions n on n.workflow_id = e.workflow_id and n.version = coalesce($2, e.version)
                where e.id = $1
                """).With(sourceId).With(version);
            reading.Add("select node_id, status from execution_steps where execution_id = $1 and iteration = ''").With(sourceId);
            await using var results = await reading.ExecuteAsync(cancellationToken);
            var reader = await results.NextAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                return new ReplayResult.NotFound();
            var status = StatusNames.ToExecutionStatus(reader.GetString(0));
            if (!status.IsFinal())
                return new ReplayResult.NotEnded(status);
            if (reader.GetBoolean(2))
                return new ReplayResult.WorkflowDeleted();
            if (fromNode is null && status == ExecutionStatus.Completed)
                return new ReplayResult.NothingToRetry();
            if (reader.IsDBNull(3))
                return new ReplayResult.NoSuchVersion(version!.Value);
            before = Jsonb.Read(reader, 1)!.Value.Deserialize(DefinitionJson.Default.WorkflowDefinition)!;
            (versionId, definition) = (reader.GetGuid(3), Jsonb.Read(reader, 4)!.Value.Deserialize(DefinitionJson.Default.WorkflowDefinition)!);
            await results.NextAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                steps[reader.GetString(0)] = StatusNames.ToStepStatus(reader.GetString(1));
        }
        if (fromNode is not null && definition.Nodes.All(n => n.Id != fromNode))
            return new ReplayResult.NoSuchNode();
        var kept = fromNode is null
            ? ReplayPlan.ForRetry(definition, catalog, steps)
            : ReplayPlan.ForRerun(before, definition, catalog, steps, fromNode);

        var id = Guid.CreateVersion7();
        await using (var writing = transaction.Batch())
        {
            writing.Add("""
                insert into workflow_executions
                  (id, workspace_id, organization_id, user_id, workflow_id, version_id, version, workflow_name, input,
                   traceparent, trace_id, source_execution_id, source_kind, trigger)
                select $2, e.workspace_id, e.organization_id, $3, e.workflow_id, v.id, v.version, e.workflow_name, e.input,
                       $4, substr($4, 4, 32), e.id, $5, e.trigger
                from workflow_executions e join workflow_versions v on v.id = $6 where e.id = $1
                """)
                .With(sourceId).With(id).With(userId).With(ExecutionSubmission.CurrentTraceParent()).With(fromNode is null ? "retry" : "rerun").With(versionId);
            // Steps keep the trace and span that did the work.
            writing.Add("""
                insert into execution_steps
                  (execution_id, node_id, iteration, workspace_id, type, status, attempt, attempts, branch, input, output, error,
                   state, trace_id, span_id, started_at, finished_at, latency_ms)
                select $2, node_id, iteration, workspace_id, type, status, attempt, attempts, branch, input, output, error,
                       state, trace_id, span_id, started_at, finished_at, latency_ms
                from execution_steps where execution_id = $1 and node_id = any ($3)
                """)
                .With(sourceId).With(id).With(kept.ToArray());
            writing.Add("select pg_notify('sos_work', '')");
            await writing.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        return new ReplayResult.Started(id);
    }
}

/// <summary>What came of a replay.</summary>
public abstract record ReplayResult
{
    private ReplayResult() { }

    /// <summary>The new execution is committed and will run.</summary>
    /// <param name="ExecutionId">The new execution.</param>
    public sealed record Started(Guid ExecutionId) : ReplayResult;

    /// <summary>There is no such execution.</summary>
    public sealed record NotFound : ReplayResult;

    /// <summary>The execution has not ended yet.</summary>
    /// <param name="Status">Where it stands.</param>
    public sealed record NotEnded(ExecutionStatus Status) : ReplayResult;

    /// <summary>The workflow was deleted, so nothing of it starts any more.</summary>
    public sealed record WorkflowDeleted : ReplayResult;

    /// <summary>The execution completed: nothing in it failed.</summary>
    public sealed record NothingToRetry : ReplayResult;

    /// <summary>The workflow has no such version.</summary>
    /// <param name="Version">The version that was asked for.</param>
    public sealed record NoSuchVersion(int Version) : ReplayResult;

    /// <summary>The workflow's top level has no such node.</summary>
    public sealed record NoSuchNode : ReplayResult;
}
