using System.Diagnostics;
using System.Text.Json.Serialization;
using Sos.Api.Executions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Api.Webhooks;

/// <summary>Accepts the execution of a call, and answers at once or when it has ended.</summary>
internal sealed class HookWait(WebhookInbox inbox, ExecutionWatch watch, ExecutionReader reader, TimeProvider time)
{
    /// <summary>Accepts the execution, unless the delivery came before, and answers.</summary>
    public async Task AnswerAsync(HttpContext context, CalledWebhook webhook, ExecutionSubmission submission, byte[]? delivery, CancellationToken cancellationToken)
    {
        var span = Activity.Current;
        using var subscription = webhook.IsSync ? watch.Watch(webhook.WorkspaceId, submission.Id, untilEnd: true) : null;
        switch (await inbox.AcceptAsync(webhook, submission, delivery, cancellationToken))
        {
            case SubmitResult.Accepted:
                span?.SetTag(TriggerSpans.WebhookOutcome, "accepted").SetTag(Attributes.WorkflowExecutionId, submission.Id.ToString());
                var ended = subscription is null ? null : await subscription.EndedAsync(webhook.Wait, time, cancellationToken);
                await (ended is null ? WriteAsync(context, StatusCodes.Status202Accepted, submission.Id, isRepeated: false) : HookAnswer.WriteAsync(context, ended));
                break;
            case SubmitResult.Repeated repeated:
                span?.SetTag(TriggerSpans.WebhookOutcome, "repeated").SetTag(Attributes.WorkflowExecutionId, repeated.ExecutionId.ToString());
                var earlier = webhook.IsSync ? await EndAsync(webhook, repeated.ExecutionId, cancellationToken) : null;
                await (earlier is null ? WriteAsync(context, StatusCodes.Status200OK, repeated.ExecutionId, isRepeated: true) : HookAnswer.WriteAsync(context, earlier));
                break;
            default:
                span?.SetTag(TriggerSpans.WebhookOutcome, "repeated");
                await WriteAsync(context, StatusCodes.Status200OK, executionId: null, isRepeated: true);
                break;
        }
    }

    /// <summary>An execution that was started earlier, once it has ended; null when it does not in time.</summary>
    private async Task<Execution?> EndAsync(CalledWebhook webhook, Guid executionId, CancellationToken cancellationToken)
    {
        using var subscription = watch.Watch(webhook.WorkspaceId, executionId, untilEnd: true);
        var execution = await reader.GetAsync(webhook.WorkspaceId, executionId, cancellationToken);
        return execution is null || execution.Status.IsFinal() ? execution : await subscription.EndedAsync(webhook.Wait, time, cancellationToken);
    }

    private static Task WriteAsync(HttpContext context, int status, Guid? executionId, bool isRepeated)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new HookReceipt(executionId, isRepeated), ApiJson.Default.HookReceipt);
    }
}

/// <summary>What a caller learns of a call that started an execution.</summary>
/// <param name="ExecutionId">The execution; left out where it is not kept any more.</param>
/// <param name="Repeated">Whether the same delivery came before, and started it then.</param>
internal sealed record HookReceipt(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? ExecutionId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Repeated);
