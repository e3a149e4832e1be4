using Sos.Api.Problems;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>Says why an execution can't be told something, or be started again.</summary>
internal static class ControlRefusals
{
    private const int MaxComment = 2_000;

    /// <summary>Ends well where the signal was sent.</summary>
    /// <exception cref="ProblemException">It was not.</exception>
    public static void Check(SignalResult result, Guid id, string? nodeId)
    {
        switch (result)
        {
            case SignalResult.Sent:
                return;
            case SignalResult.Refused { Status: var status } when status.IsFinal():
                throw ProblemCatalog.Conflict("execution_ended", $"The execution has already ended ({status.Name()}).");
            case SignalResult.Refused { Status: ExecutionStatus.Paused }:
                throw ProblemCatalog.Conflict("already_paused", "The execution is paused already.");
            case SignalResult.Refused { Status: var status }:
                throw ProblemCatalog.Conflict("not_paused", $"The execution is not paused; it is {status.Name()}.");
            case SignalResult.NoSuchStep:
                throw new ProblemException(StatusCodes.Status404NotFound, "not_waiting_for_approval", $"The execution has not reached a node '{nodeId}', or has none.");
            case SignalResult.NotWaiting:
                throw ProblemCatalog.Conflict("not_waiting_for_approval", $"The node '{nodeId}' does not wait for an approval.");
            case SignalResult.AlreadyDecided:
                throw ProblemCatalog.Conflict("already_decided", $"Somebody decided on '{nodeId}' a moment ago.");
            case SignalResult.NotAnApprover:
                throw new ProblemException(StatusCodes.Status403Forbidden, "not_an_approver", $"The node '{nodeId}' names who may decide, and you are not among them.");
            default:
                throw ProblemCatalog.NotFound("execution", id);
        }
    }

    /// <summary>The new execution's id.</summary>
    /// <exception cref="ProblemException">There is none.</exception>
    public static Guid Check(ReplayResult result, Guid id, string? fromNode) => result switch
    {
        ReplayResult.Started started => started.ExecutionId,
        ReplayResult.NotEnded { Status: var status } => throw ProblemCatalog.Conflict("execution_not_ended", $"The execution is {status.Name()}. Cancel it, or wait for its end."),
        ReplayResult.WorkflowDeleted => throw ProblemCatalog.Conflict("workflow_deleted", "The workflow was deleted, so that nothing of it starts any more."),
        ReplayResult.NothingToRetry => throw ProblemCatalog.Conflict("nothing_to_retry", "The execution completed, so nothing in it failed. Use 'rerun' to run it again from a node."),
        ReplayResult.NoSuchVersion { Version: var version } => throw ProblemCatalog.Invalid("unknown_version", $"The workflow has no version {version}.", [new("/version", "unknown_version", $"The workflow has no version {version}.")]),
        ReplayResult.NoSuchNode => throw ProblemCatalog.Invalid("unknown_node", $"The workflow's top level has no node '{fromNode}'.", [new("/fromNode", "unknown_node", $"The workflow's top level has no node '{fromNode}'.")]),
        _ => throw ProblemCatalog.NotFound("execution", id),
    };

    /// <summary>Ends well where a comment can be kept.</summary>
    /// <exception cref="ProblemException">It can't.</exception>
    public static void CheckComment(string? comment)
    {
        if (comment is null)
            return;
        if (comment.Length > MaxComment)
            throw ProblemCatalog.Invalid("invalid_comment", $"The comment may have {MaxComment} characters at most.", [new("/comment", "too_long", $"The comment may have {MaxComment} characters at most.")]);
        if (StorableJson.Clean(comment) != comment)
            throw ProblemCatalog.Invalid("invalid_comment", "The comment holds a NUL character or half of a surrogate pair.", [new("/comment", "null_character", "The comment holds a NUL character or half of a surrogate pair.")]);
    }
}
