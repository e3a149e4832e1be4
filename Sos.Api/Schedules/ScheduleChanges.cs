using Sos.Api.Problems;
using Sos.Api.Workflows;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;

namespace Sos.Api.Schedules;

/// <summary>Changes of schedules, as the API and the pages make them. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class ScheduleChanges(ScheduleStore store, WorkflowCache workflows, TimeProvider time)
{
    public async Task<(Schedule Schedule, CronSchedule Times)> CreateAsync(KeyHolder who, ScheduleRequest request, CancellationToken cancellationToken)
    {
        var draft = await CheckAsync(who, request, cancellationToken);
        return await store.CreateAsync(who, draft, cancellationToken) is SaveScheduleResult.Saved saved
            ? (saved.Schedule, draft.Times)
            : throw ProblemCatalog.Conflict("too_many_schedules", $"A workspace has {ScheduleStore.MaxSchedules:N0} schedules at most. Delete one that is not needed.");
    }

    public async Task<(Schedule Schedule, CronSchedule Times)> UpdateAsync(KeyHolder who, Guid id, ScheduleRequest request, CancellationToken cancellationToken)
    {
        var draft = await CheckAsync(who, request, cancellationToken);
        return await store.UpdateAsync(who, id, draft, cancellationToken) is SaveScheduleResult.Saved saved
            ? (saved.Schedule, draft.Times)
            : throw ProblemCatalog.NotFound("schedule", id);
    }

    /// <summary>Holds a schedule's input against the workflow that it would run now.</summary>
    private async Task<ScheduleDraft> CheckAsync(KeyHolder who, ScheduleRequest request, CancellationToken cancellationToken)
    {
        var draft = request.Check(time.GetUtcNow());
        if (await workflows.GetAsync(who.WorkspaceId, request.WorkflowId, request.Version, cancellationToken) is not { } version)
        {
            throw ScheduleRequest.Refuse([await workflows.GetAsync(who.WorkspaceId, request.WorkflowId, null, cancellationToken) is null
                ? new("/workflowId", "unknown_workflow", $"There is no workflow '{request.WorkflowId}' in this workspace.")
                : new("/version", "unknown_version", $"The workflow has no version {request.Version}.")]);
        }
        return version.InputSchema?.Evaluate(draft.Input.Input).Errors is { Count: > 0 } errors
            ? throw ScheduleRequest.Refuse([.. errors.Select(e => e with { Pointer = "/input" + e.Pointer })])
            : draft;
    }
}
