using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.Idempotency;
using Sos.Api.OpenApi;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>Telling executions what to do, and starting ended ones again.</summary>
internal static class ControlEndpoints
{
    public static void MapControls(this RouteGroupBuilder api)
    {
        var execution = api.MapGroup("/executions/{id}").WithTags("Executions");
        execution.MapPost("/cancel", (HttpContext c, Guid id, ExecutionSignals s, ExecutionStart x, CancellationToken t) => TellAsync(c, id, s.CancelAsync, x, t))
            .RequireAuthorization(Roles.Developer).Refuses(400, 404, 409)
            .WithSummary("Cancel an execution")
            .WithDescription("Stops its running nodes and its child executions.");
        execution.MapPost("/pause", (HttpContext c, Guid id, ExecutionSignals s, ExecutionStart x, CancellationToken t) => TellAsync(c, id, s.PauseAsync, x, t))
            .RequireAuthorization(Roles.Developer).Refuses(400, 404, 409)
            .WithSummary("Pause an execution")
            .WithDescription("Starts no further node; those that run finish.");
        execution.MapPost("/resume", (HttpContext c, Guid id, ExecutionSignals s, ExecutionStart x, CancellationToken t) => TellAsync(c, id, s.ResumeAsync, x, t))
            .RequireAuthorization(Roles.Developer).Refuses(400, 404, 409)
            .WithSummary("Resume a paused execution")
            .WithDescription("It goes on to its next breakpoint or its end, out of step mode.");
        execution.MapPost("/step", (HttpContext c, Guid id, ExecutionSignals s, ExecutionStart x, CancellationToken t) => TellAsync(c, id, s.StepAsync, x, t))
            .RequireAuthorization(Roles.Developer).Refuses(400, 404, 409)
            .WithSummary("Run the next nodes of a paused execution")
            .WithDescription("Runs the nodes that it is paused before, and pauses again.");
        execution.MapPost("/approvals/{nodeId}", DecideAsync).RequireAuthorization(Roles.Developer)
            .Takes<ApprovalRequest>(Examples.Approval).Refuses(400, 403, 404, 409, 415)
            .WithSummary("Approve or reject")
            .WithDescription("Decides an approval that the execution waits for. 'iteration' names the item where the node is in a foreach's body.");
        execution.MapPost("/retry", RetryAsync).RequireAuthorization(Roles.Developer).WithIdempotencyKey().Refuses(400, 404, 409, 422)
            .WithSummary("Retry a failed or cancelled execution")
            .WithDescription("Starts a new execution with the same version and input. What completed is taken over; what failed, and everything after it, runs again.");
        execution.MapPost("/rerun", RerunAsync).RequireAuthorization(Roles.Developer).WithIdempotencyKey()
            .Takes<RerunRequest>(Examples.Rerun).Refuses(400, 404, 409, 415, 422)
            .WithSummary("Run an ended execution again from a node")
            .WithDescription("Starts a new execution with the same version and input, in which that node and everything after it run again.");
    }

    private static async Task<Accepted<ExecutionReceipt>> TellAsync(
        HttpContext context, Guid id, Func<Guid, Guid, Guid?, CancellationToken, Task<SignalResult>> tell, ExecutionStart executions, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        return await AnswerAsync(await tell(caller.WorkspaceId, id, caller.UserId, cancellationToken), caller, id, null, executions, cancellationToken);
    }

    private static async Task<Accepted<ExecutionReceipt>> DecideAsync(
        HttpContext context, Guid id, string nodeId, ApprovalDecisions approvals, ExecutionStart executions, CancellationToken cancellationToken, string? iteration = null)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ApprovalRequest, cancellationToken);
        var caller = context.Caller();
        await approvals.DecideAsync(caller, id, nodeId, iteration, request, cancellationToken);
        return await AnswerAsync(new SignalResult.Sent(), caller, id, nodeId, executions, cancellationToken);
    }

    private static async Task<Accepted<ExecutionReceipt>> AnswerAsync(
        SignalResult result, KeyHolder caller, Guid id, string? nodeId, ExecutionStart executions, CancellationToken cancellationToken)
    {
        ControlRefusals.Check(result, id, nodeId);
        var (_, receipt) = await executions.FindAsync(caller.WorkspaceId, id, TimeSpan.Zero, cancellationToken);
        return TypedResults.Accepted(receipt!.Links.Self, receipt);
    }

    private static async Task<Accepted<ExecutionReceipt>> RetryAsync(
        HttpContext context, Guid id, ExecutionReplay replay, ExecutionStart executions, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        return await AnswerAsync(await replay.RetryAsync(caller.WorkspaceId, id, caller.UserId, cancellationToken), caller, id, null, executions, cancellationToken);
    }

    private static async Task<Accepted<ExecutionReceipt>> RerunAsync(
        HttpContext context, Guid id, ExecutionReplay replay, ExecutionStart executions, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.RerunRequest, cancellationToken);
        var caller = context.Caller();
        return await AnswerAsync(
            await replay.RerunAsync(caller.WorkspaceId, id, caller.UserId, request.FromNode, request.Version, cancellationToken), caller, id, request.FromNode, executions, cancellationToken);
    }

    private static async Task<Accepted<ExecutionReceipt>> AnswerAsync(
        ReplayResult result, KeyHolder caller, Guid id, string? fromNode, ExecutionStart executions, CancellationToken cancellationToken)
    {
        var started = ControlRefusals.Check(result, id, fromNode);
        var (_, receipt) = await executions.FindAsync(caller.WorkspaceId, started, TimeSpan.Zero, cancellationToken);
        return TypedResults.Accepted(receipt!.Links.Self, receipt);
    }
}
