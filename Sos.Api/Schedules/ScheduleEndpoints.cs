using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.Idempotency;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Json;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;

namespace Sos.Api.Schedules;

/// <summary><c>/schedules</c>: executions that start by the clock.</summary>
internal static class ScheduleEndpoints
{
    private const int Upcoming = 5;
    private const int MaxBodyBytes = ScheduleInput.MaxInputBytes + 16 * 1024;

    public static void MapSchedules(this RouteGroupBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules");
        schedules.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List the schedules, newest first");
        schedules.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a schedule with its next five times");
        schedules.MapPost("", CreateAsync).RequireAuthorization(Roles.Developer).WithIdempotencyKey()
            .Takes<ScheduleRequest>(Examples.Schedule).Refuses(400, 409, 413, 415, 422)
            .WithSummary("Make a schedule")
            .WithDescription("Starts an execution at each time that the cron expression names, once however many executors there are.");
        schedules.MapPut("/{id}", UpdateAsync).RequireAuthorization(Roles.Developer)
            .Takes<ScheduleRequest>(Examples.Schedule).Refuses(400, 404, 413, 415)
            .WithSummary("Change, pause or resume a schedule")
            .WithDescription("Replaces everything. 'enabled': false pauses it; with true it goes on from now, and makes up for nothing.");
        schedules.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404)
            .WithSummary("Delete a schedule")
            .WithDescription("Its executions stay, and those that run go on.");
        schedules.MapPost("/preview", PreviewAsync).RequireAuthorization(Roles.Viewer)
            .Takes<SchedulePreviewRequest>(Examples.SchedulePreview).Refuses(400, 415)
            .WithSummary("Say when a cron expression would run");
    }

    private static async Task<Ok<ListAnswer<Schedule>>> ListAsync(
        HttpContext context, ScheduleStore store, CancellationToken cancellationToken, string? workflowId = null, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var rows = await store.ListAsync(
            context.Caller().WorkspaceId, QueryText.Id("workflowId", workflowId), Cursor.ReadId(Cursor.List.Schedules, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows, count, s => Cursor.Of(Cursor.List.Schedules, s.Id)));
    }

    private static async Task<Ok<Schedule>> GetAsync(HttpContext context, Guid id, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var schedule = await store.GetAsync(context.Caller().WorkspaceId, id, cancellationToken) ?? throw ProblemCatalog.NotFound("schedule", id);
        var times = ScheduleInput.Times(schedule.Cron, schedule.TimeZone, schedule.StartsAt, schedule.EndsAt, []);
        return TypedResults.Ok(WithNext(schedule, times, time));
    }

    private static async Task<Created<Schedule>> CreateAsync(HttpContext context, ScheduleChanges schedules, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ScheduleRequest, cancellationToken, MaxBodyBytes);
        var (schedule, times) = await schedules.CreateAsync(context.Caller(), request, cancellationToken);
        return TypedResults.Created($"/api/v1/schedules/{schedule.Id}", WithNext(schedule, times, time));
    }

    private static async Task<Ok<Schedule>> UpdateAsync(HttpContext context, Guid id, ScheduleChanges schedules, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ScheduleRequest, cancellationToken, MaxBodyBytes);
        var (schedule, times) = await schedules.UpdateAsync(context.Caller(), id, request, cancellationToken);
        return TypedResults.Ok(WithNext(schedule, times, time));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, ScheduleStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(context.Caller(), id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("schedule", id);

    private static async Task<Ok<SchedulePreview>> PreviewAsync(HttpContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.SchedulePreviewRequest, cancellationToken);
        var problems = new List<JsonProblem>();
        return ScheduleInput.Times(request.Cron, request.TimeZone ?? ScheduleRequest.Utc, request.StartsAt, request.EndsAt, problems) is { } times && problems.Count == 0
            ? TypedResults.Ok(new SchedulePreview(times.Upcoming(time.GetUtcNow(), Upcoming)))
            : throw ScheduleRequest.Refuse(problems);
    }

    private static Schedule WithNext(Schedule schedule, CronSchedule? times, TimeProvider time) =>
        schedule with { NextRuns = schedule.Enabled && times is not null ? times.Upcoming(time.GetUtcNow(), Upcoming) : [] };
}
