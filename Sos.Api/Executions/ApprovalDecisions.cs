using Sos.Api.Problems;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>Approving and rejecting, as the API and the pages do. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class ApprovalDecisions(ExecutionSignals signals)
{
    private const int MaxComment = 2_000;

    /// <summary>Decides an approval that an execution waits for.</summary>
    /// <param name="who">Who decides.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="nodeId">The node that asks.</param>
    /// <param name="iteration">The node's iteration; null or empty at the top.</param>
    /// <param name="request">The answer.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task DecideAsync(KeyHolder who, Guid executionId, string nodeId, string? iteration, ApprovalRequest request, CancellationToken cancellationToken)
    {
        if (request.Comment is { } comment)
        {
            if (comment.Length > MaxComment)
                throw ProblemCatalog.Invalid("invalid_comment", $"The comment may have {MaxComment} characters at most.", [new("/comment", "too_long", $"The comment may have {MaxComment} characters at most.")]);
            if (StorableJson.Clean(comment) != comment)
                throw ProblemCatalog.Invalid("invalid_comment", "The comment holds a NUL character or half of a surrogate pair.", [new("/comment", "null_character", "The comment holds a NUL character or half of a surrogate pair.")]);
        }
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
        switch (await signals.DecideAsync(who.WorkspaceId, executionId, decision, cancellationToken))
        {
            case SignalResult.Sent:
                return;
            case SignalResult.Refused { Status: var status }:
                throw ProblemCatalog.Conflict("execution_ended", $"The execution has already ended ({status.Name()}).");
            case SignalResult.NoSuchStep:
                throw new ProblemException(StatusCodes.Status404NotFound, "not_waiting_for_approval", $"The execution has not reached a node '{nodeId}', or has none.");
            case SignalResult.NotWaiting:
                throw ProblemCatalog.Conflict("not_waiting_for_approval", $"The node '{nodeId}' does not wait for an approval.");
            case SignalResult.AlreadyDecided:
                throw ProblemCatalog.Conflict("already_decided", $"Somebody decided on '{nodeId}' a moment ago.");
            case SignalResult.NotAnApprover:
                throw new ProblemException(StatusCodes.Status403Forbidden, "not_an_approver", $"The node '{nodeId}' names who may decide, and you are not among them.");
            default:
                throw ProblemCatalog.NotFound("execution", executionId);
        }
    }
}
