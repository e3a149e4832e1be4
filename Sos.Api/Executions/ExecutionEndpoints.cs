using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.Idempotency;
using Sos.Api.Observability;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>Starting and reading executions.</summary>
internal static class ExecutionEndpoints
{
    public static void MapExecutions(this RouteGroupBuilder api)
    {
        api.MapPost("/workflows/{id}/executions", StartAsync).WithTags("Executions").RequireAuthorization(Roles.Developer)
            .Takes<StartExecutionRequest>(Examples.Start, optional: true).Refuses(400, 404, 413, 415, 422, 503)
            .WithMetadata(new TakesIdempotencyKey(), new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy))
            .WithSummary("Start an execution")
            .WithDescription("Answers 202 as soon as the execution is committed, so that it runs whatever happens. With 'wait' (up to 60s) it answers 200 with the output when the execution ends in time.");
        var executions = api.MapGroup("/executions").WithTags("Executions");
        executions.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List executions, newest first");
        executions.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404).WithMetadata(new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy))
            .WithSummary("Get an execution")
            .WithDescription("With 'wait' the answer comes when the execution ends, or after that time.");
        executions.MapGet("/{id}/steps", ListStepsAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("List an execution's steps in the order in which they started");
        executions.MapGet("/{id}/events", EventStream.ServeAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404).WithMetadata(new DisableRequestTimeoutAttribute())
            .Produces(StatusCodes.Status200OK, typeof(ExecutionEvent), "text/event-stream")
            .WithSummary("Follow an execution's events")
            .WithDescription("Server-sent events: every event so far, then each new one as it commits, then 'end'. 'Last-Event-ID' or 'after' goes on behind an event.");
    }

    private static async Task<Results<Accepted<ExecutionReceipt>, Ok<ExecutionAnswer>>> StartAsync(
        HttpContext context, Guid id, ExecutionStart start, TraceLinks links, CancellationToken cancellationToken, string? wait = null)
    {
        var (ended, receipt) = await start.StartAsync(context, id, QueryText.Wait(wait), cancellationToken);
        return receipt is not null
            ? TypedResults.Accepted(receipt.Links.Self, receipt)
            : TypedResults.Ok(new ExecutionAnswer(ended!, links.Of(ended!.Id, ended.TraceId)));
    }

    private static async Task<Ok<ListAnswer<ExecutionSummary>>> ListAsync(
        HttpContext context,
        ExecutionReader reader,
        CancellationToken cancellationToken,
        string? workflowId = null,
        string? status = null,
        string? traceId = null,
        string? from = null,
        string? to = null,
        string? cursor = null,
        string? limit = null)
    {
        var count = QueryText.Limit(limit);
        ExecutionStatus? wanted = status is null ? null
            : StatusNames.TryParseExecutionStatus(status, out var parsed) ? parsed
            : throw ProblemCatalog.InvalidParameter("status", "one of pending, running, waiting, paused, completed, failed and cancelled");
        var rows = await reader.ListAsync(context.Caller().WorkspaceId, new ExecutionFilter
        {
            WorkflowId = QueryText.Id("workflowId", workflowId),
            Status = wanted,
            TraceId = QueryText.TraceId("traceId", traceId),
            From = QueryText.Time("from", from),
            To = QueryText.Time("to", to),
            Before = Cursor.ReadId(Cursor.List.Executions, cursor),
            Limit = count + 1,
        }, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows, count, e => Cursor.Of(Cursor.List.Executions, e.Id)));
    }

    private static async Task<Ok<ExecutionAnswer>> GetAsync(
        HttpContext context, Guid id, ExecutionReader reader, ExecutionWatch watch, TraceLinks links, TimeProvider time, CancellationToken cancellationToken, string? wait = null)
    {
        var patience = QueryText.Wait(wait);
        var workspace = context.Caller().WorkspaceId;
        using var subscription = patience > TimeSpan.Zero ? watch.Watch(workspace, id, untilEnd: true) : null;
        var execution = await reader.GetAsync(workspace, id, cancellationToken) ?? throw ProblemCatalog.NotFound("execution", id);
        if (subscription is not null && !execution.Status.IsFinal())
        {
            execution = await subscription.EndedAsync(patience, time, cancellationToken)
                ?? await reader.GetAsync(workspace, id, cancellationToken)
                ?? execution;
        }
        return TypedResults.Ok(new ExecutionAnswer(execution, links.Of(id, execution.TraceId)));
    }

    private static async Task<Ok<ListAnswer<Step>>> ListStepsAsync(
        HttpContext context, Guid id, ExecutionReader reader, CancellationToken cancellationToken, string? cursor = null, string? limit = null)
    {
        var page = await reader.ListStepsAsync(
            context.Caller().WorkspaceId, id, Cursor.ReadStep(cursor), QueryText.Limit(limit, fallback: 1_000, max: 1_000), cancellationToken)
            ?? throw ProblemCatalog.NotFound("execution", id);
        return TypedResults.Ok(new ListAnswer<Step>(page.Items, page.HasMore ? Cursor.Of(StepPosition.Of(page.Items[^1])) : null));
    }
}
