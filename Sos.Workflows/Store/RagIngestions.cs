using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>The executions that ingest uploads.</summary>
public sealed class RagIngestions(WorkspaceDatabase database)
{
    /// <summary>How many executions are looked at, newest first.</summary>
    private const int Depth = 1_000;

    /// <summary>The latest ingestion of each of some documents, as far as it is among the workflow's latest thousand executions.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflow">The name of the workflow that ingests; its input names the document as <c>documentId</c>.</param>
    /// <param name="node">Its node that ingests.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="since">Ingestions before this time are not looked for.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<IReadOnlyDictionary<Guid, RagIngestion>> LatestAsync(
        Guid workspaceId, string workflow, string node, IEnumerable<Guid> documents, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select distinct on (e.document) e.document::uuid, e.id, e.trace_id, e.status, e.created_at, (s.state ->> 'embedded')::int, (s.state ->> 'of')::int
            from (
              select id, trace_id, status, created_at, input ->> 'documentId' as document from workflow_executions
              where workflow_id = (select id from workflows where workspace_id = $1 and name = $2 and deleted_at is null) and id >= $5
              order by id desc limit $6) e
            left join execution_steps s on s.execution_id = e.id and s.node_id = $3 and s.iteration = '' and s.type = 'documents' and s.status in ('running', 'waiting')
            where e.document = any ($4)
            order by e.document, e.id desc
            """)
            .With(workspaceId).With(workflow).With(node).With([.. documents.Select(d => d.ToString())]).With(ExecutionReader.FirstIdAt(since)).With(Depth);
        var found = await batch.AllAsync(
            r => new RagIngestion(r.GetGuid(0), r.GetGuid(1), r.GetString(2), StatusNames.ToExecutionStatus(r.GetString(3)), r.Time(4), r.IntOrNull(5), r.IntOrNull(6)), cancellationToken);
        return found.ToDictionary(i => i.DocumentId);
    }
}

/// <summary>An execution that ingests a document.</summary>
/// <param name="DocumentId">The document.</param>
/// <param name="ExecutionId">The execution.</param>
/// <param name="TraceId">Its trace.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="Embedded">How many chunks have been embedded so far; null before any are, and when it has ended.</param>
/// <param name="Of">How many are to be.</param>
public sealed record RagIngestion(Guid DocumentId, Guid ExecutionId, string TraceId, ExecutionStatus Status, DateTimeOffset CreatedAt, int? Embedded, int? Of);
