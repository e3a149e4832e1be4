using Sos.Api.Problems;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>Approving and rejecting, as the API and the pages do. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class ApprovalDecisions(ExecutionSignals signals)
{
    /// <summary>Decides an approval that an execution waits for.</summary>
    /// <param name="who">Who decides.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="nodeId">The node that asks.</param>
    /// <param name="iteration">The node's iteration; null or empty at the top.</param>
    /// <param name="request">The answer.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task DecideAsync(KeyHolder who, Guid executionId, string nodeId, string? iteration, ApprovalRequest request, CancellationToken cancellationToken)
    {
        ControlRefusals.CheckComment(request.Comment);
        if (nodeId.Length > 64 || nodeId.Contains('\0', StringComparison.Ordinal))
            throw ProblemCatalog.InvalidParameter("nodeId", "the id of a node");
        if (iteration is { Length: > 100 } || iteration?.All(c => char.IsAsciiDigit(c) || c == '.') == false)
            throw ProblemCatalog.InvalidParameter("iteration", "the iteration of a step, such as 3 or 3.0");
        var decision = new Decision
        {
            NodeId = nodeId,
            Iteration = iteration ?? "",
            Approve = request.Decision == ApprovalDecision.Approve,
            Comment = request.Comment,
            UserId = who.UserId,
        };
        ControlRefusals.Check(await signals.DecideAsync(who.WorkspaceId, executionId, decision, cancellationToken), executionId, nodeId);
    }
}
