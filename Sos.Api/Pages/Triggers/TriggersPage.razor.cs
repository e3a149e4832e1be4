using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Sos.Api.Auth;
using Sos.Api.Problems;
using Sos.Api.Webhooks;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Triggers;

/// <summary>Schedules and webhooks, and changes of them.</summary>
public sealed partial class TriggersPage
{
    private const int Most = 500;
    private const int RunsOfEach = 3;

    private IReadOnlyList<Schedule>? schedules;
    private IReadOnlyList<Webhook>? webhooks;
    private IReadOnlyList<Workflow> workflows = [];
    private Workflow? only;
    private ILookup<Guid, TriggeredRun> runs = Array.Empty<TriggeredRun>().ToLookup(_ => Guid.Empty);
    private IReadOnlyList<JsonProblem> problems = [];
    private ScheduleFields? schedule;
    private WebhookFields? webhook;
    private Guid? editing;
    private Guid? deleting;
    private Guid? rotating;
    private string? address;
    private string addressOf = "";
    private string? done;
    private Guid? doneExecution;

    /// <summary>The workflow whose triggers are shown; null for all.</summary>
    [SupplyParameterFromQuery(Name = "workflow")] private Guid? Only { get; set; }

    /// <inheritdoc/>
    protected override bool LooksAgain => schedule is null && webhook is null && Error is null;

    private bool CanEdit => Allows(Roles.Developer);

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        only = Only is { } wanted ? await Workflows.GetAsync(WorkspaceId, wanted, Left) : null;
        if (Only is not null && only is null)
        {
            Navigation.NotFound();
            return;
        }
        var read = (Schedules.ListAsync(WorkspaceId, Only, null, Most, Left), Webhooks.ListAsync(WorkspaceId, Only, null, Most, Left), Workflows.ListAsync(WorkspaceId, null, null, Most, Left));
        var (mine, hooks, all) = (await read.Item1, await read.Item2, await read.Item3);
        runs = await History.LatestAsync(WorkspaceId, mine.Select(s => s.Id).Concat(hooks.Select(h => h.Id)), RunsOfEach, Left);
        (schedules, webhooks, workflows) = (mine, hooks, all);
    }

    private string NameOf(Guid workflow) => workflows.FirstOrDefault(w => w.Id == workflow)?.Name ?? "a deleted workflow";

    private async Task EditScheduleAsync(Schedule? one)
    {
        Close();
        (editing, schedule) = (one?.Id, one is null ? new ScheduleFields { TimeZone = await ZoneAsync(), Workflow = Only?.ToString() ?? "" } : ScheduleFields.Of(one));
    }

    private Task EditWebhookAsync(Webhook? one)
    {
        Close();
        (editing, webhook) = (one?.Id, one is null ? new WebhookFields { Workflow = Only?.ToString() ?? "" } : WebhookFields.Of(one));
        return Task.CompletedTask;
    }

    private void Close()
    {
        (schedule, webhook, editing, deleting, rotating, done, doneExecution) = (null, null, null, null, null, null, null);
        problems = [];
    }

    private Task SaveScheduleAsync(ScheduleFields fields) => ChangeAsync(async who =>
    {
        var request = fields.ToRequest();
        _ = editing is { } id ? await ScheduleEdits.UpdateAsync(who, id, request, Left) : await ScheduleEdits.CreateAsync(who, request, Left);
        Close();
        done = $"'{request.Name}' is saved.";
    });

    private Task SwitchAsync(Schedule one) => ChangeAsync(async who =>
    {
        var fields = ScheduleFields.Of(one);
        fields.Enabled = !one.Enabled;
        await ScheduleEdits.UpdateAsync(who, one.Id, fields.ToRequest(), Left);
        Close();
        done = $"'{one.Name}' {(fields.Enabled ? "runs again" : "is paused")}.";
    });

    private Task RunNowAsync(Schedule one) => ChangeAsync(async who =>
    {
        var version = await Versions.GetAsync(who.WorkspaceId, one.WorkflowId, one.Version, Left) ?? throw ProblemCatalog.NotFound("workflow", one.WorkflowId);
        var started = await Executions.TryStartAsync(who, one.WorkflowId, version.Found.Version, one.Input, TimeSpan.Zero, Left) ?? throw ProblemCatalog.NotFound("workflow", one.WorkflowId);
        Close();
        (done, doneExecution) = ($"'{one.Name}' was started with its input.", started.Receipt?.Id ?? started.Ended?.Id);
    });

    private Task DeleteScheduleAsync(Schedule one) => ChangeAsync(async who =>
    {
        if (!await Schedules.DeleteAsync(who, one.Id, Left))
            throw ProblemCatalog.NotFound("schedule", one.Id);
        Close();
        done = $"'{one.Name}' is deleted. Its runs stay.";
    });

    private Task SaveWebhookAsync(WebhookFields fields) => ChangeAsync(async who =>
    {
        var request = fields.ToRequest();
        var saved = editing is { } id ? await WebhookEdits.UpdateAsync(who, id, request, Left) : await WebhookEdits.CreateAsync(who, request, Left);
        Close();
        ShowAddress(saved);
        if (saved.Token is null)
            done = $"'{request.Name}' is saved.";
    });

    private Task SwitchAsync(Webhook one) => ChangeAsync(async who =>
    {
        var fields = WebhookFields.Of(one);
        fields.Enabled = !one.Enabled;
        await WebhookEdits.UpdateAsync(who, one.Id, fields.ToRequest(), Left);
        Close();
        done = $"'{one.Name}' {(fields.Enabled ? "takes calls again" : "takes no more calls")}.";
    });

    private Task RotateAsync(Webhook one) => ChangeAsync(async who =>
    {
        var saved = await WebhookEdits.RotateAsync(who, one.Id, Left);
        Close();
        ShowAddress(saved);
    });

    private Task DeleteWebhookAsync(Webhook one) => ChangeAsync(async who =>
    {
        if (!await Webhooks.DeleteAsync(who, one.Id, Left))
            throw ProblemCatalog.NotFound("webhook", one.Id);
        Close();
        done = $"'{one.Name}' is deleted. Its runs stay.";
    });

    private void ShowAddress(SaveWebhookResult.Saved saved)
    {
        if (saved.Token is { } token)
            (address, addressOf) = (Address.Of(new Uri(Navigation.BaseUri)) + HookEndpoint.PathPrefix + token, saved.Webhook.Name);
    }

    /// <summary>Changes something and reads the page anew; what is refused is shown at its field where a form is open.</summary>
    private async Task ChangeAsync(Func<KeyHolder, Task> change)
    {
        problems = [];
        var changed = await TryAsync(async () =>
        {
            await change(await Session.RequireAsync(Roles.Developer));
            await LoadAsync();
        });
        if (!changed && Error is ProblemException { Errors: { Count: > 0 } errors } && (schedule is not null || webhook is not null))
            problems = errors;
    }

    /// <summary>The viewer's time zone; UTC where the browser does not say.</summary>
    private async Task<string> ZoneAsync()
    {
        try
        {
            await using var module = await JS.InvokeAsync<IJSObjectReference>("import", Left, "/triggers.js");
            return await module.InvokeAsync<string?>("zone", Left) ?? "UTC";
        }
        catch (JSException)
        {
            return "UTC"; // a default for a field that people see and change
        }
    }
}
