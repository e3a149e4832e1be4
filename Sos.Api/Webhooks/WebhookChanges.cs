using Sos.Api.Hosting;
using Sos.Api.Problems;
using Sos.Api.Workflows;
using Sos.Workflows.Json;
using Sos.Workflows.Store;
using Sos.Workflows.Webhooks;

namespace Sos.Api.Webhooks;

/// <summary>Changes of webhooks, as the API and the pages make them. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class WebhookChanges(WebhookStore store, WorkflowCache workflows, ApiLimits limits)
{
    public async Task<SaveWebhookResult.Saved> CreateAsync(KeyHolder who, WebhookRequest request, CancellationToken cancellationToken) =>
        Saved(await store.CreateAsync(who, await CheckAsync(who, request, cancellationToken), cancellationToken), id: null);

    public async Task<SaveWebhookResult.Saved> UpdateAsync(KeyHolder who, Guid id, WebhookRequest request, CancellationToken cancellationToken) =>
        Saved(await store.UpdateAsync(who, id, await CheckAsync(who, request, cancellationToken), cancellationToken), id);

    public async Task<SaveWebhookResult.Saved> RotateAsync(KeyHolder who, Guid id, CancellationToken cancellationToken) =>
        Saved(await store.RotateAsync(who, id, cancellationToken), id);

    private async Task<WebhookInput> CheckAsync(KeyHolder who, WebhookRequest request, CancellationToken cancellationToken)
    {
        var input = request.ToInput(limits.MaxInputBytes);
        var problems = new List<JsonProblem>(input.Check(limits.MaxInputBytes));
        if (await workflows.GetAsync(who.WorkspaceId, input.WorkflowId, null, cancellationToken) is null)
            problems.Add(new("/workflowId", "unknown_workflow", $"There is no workflow '{input.WorkflowId}' in this workspace."));
        else if (input.Version is >= 1 && await workflows.GetAsync(who.WorkspaceId, input.WorkflowId, input.Version, cancellationToken) is null)
            problems.Add(new("/version", "unknown_version", $"The workflow has no version {input.Version}."));
        return problems.Count == 0 ? input : throw ProblemCatalog.Invalid("invalid_webhook", problems[0].Message, problems);
    }

    private static SaveWebhookResult.Saved Saved(SaveWebhookResult result, Guid? id) => result switch
    {
        SaveWebhookResult.Saved saved => saved,
        SaveWebhookResult.TooMany => throw ProblemCatalog.Conflict("too_many_webhooks", $"A workspace has {WebhookStore.MaxWebhooks} webhooks at most. Delete one that is not needed."),
        SaveWebhookResult.SecretNeeded => throw ProblemCatalog.Invalid("secret_needed",
            id is null ? "This kind of verification needs a secret." : "The kind of verification or the secret's encoding changes, so the secret must be given.",
            [new("/secret", "secret_needed", "Give the secret.")]),
        _ => throw ProblemCatalog.NotFound("webhook", id!),
    };
}
