using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Net.Http.Headers;
using Sos.Api.Hosting;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Api.Workflows;
using Sos.ServiceDefaults.Telemetry;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;
using Sos.Workflows.Webhooks;

namespace Sos.Api.Webhooks;

/// <summary><c>/hooks/{token}</c>: where other services call, without an API key; the token is what opens the door.</summary>
internal sealed partial class HookEndpoint(
    WebhookInbox inbox, WorkflowCache workflows, HookWait waiting, HookLimits limits, TimeProvider time, ILogger<HookEndpoint> logger)
{
    public const string PathPrefix = "/hooks/";

    /// <summary>
    /// What answers at addresses that are none, such as <c>/hooks//{token}</c>: no route fits them, and still they may
    /// hold a token.
    /// </summary>
    private static readonly RouteEndpoint Nowhere = new(
        _ => throw NotFound(), RoutePatternFactory.Parse(PathPrefix + "{token}"), order: 0,
        new EndpointMetadataCollection(new PathHoldsSecret(), new AllowAnonymousAttribute()), "No webhook");

    public static void Map(WebApplication app)
    {
        // Deeper paths are caught as well, so that a mistyped address does not show its token in traces and logs.
        foreach (var pattern in new[] { PathPrefix + "{token}", PathPrefix + "{token}/{**rest}" })
        {
            app.Map(pattern, static (HttpContext context, HookEndpoint hooks) => hooks.HandleAsync(context, context.RequestAborted))
                .AllowAnonymous().ExcludeFromDescription()
                .WithMetadata(new PathHoldsSecret(), new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy));
        }
    }

    /// <summary>Whether a path may hold a webhook's token.</summary>
    public static bool IsAddress(ReadOnlySpan<char> path) => path.TrimStart('/').StartsWith(PathPrefix.AsSpan(1), StringComparison.OrdinalIgnoreCase);

    /// <summary>Keeps tokens of mistyped addresses out of spans, logs and problems; goes behind the routing.</summary>
    public static Task MaskAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is null && IsAddress(context.Request.Path.Value))
            context.SetEndpoint(Nowhere);
        return next(context);
    }

    private async Task HandleAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var webhook = await FindAsync(context, cancellationToken);
        if (!webhook.Enabled)
            throw new ProblemException(StatusCodes.Status404NotFound, "webhook_disabled", "This webhook is switched off.");
        if (!webhook.Methods.Contains(context.Request.Method))
        {
            var allowed = string.Join(", ", webhook.Methods);
            throw new ProblemException(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This webhook takes {allowed} only.") { Header = (HeaderNames.Allow, allowed) };
        }
        if (!limits.Allows(webhook.Id, webhook.RatePerMinute))
            throw new ProblemException(StatusCodes.Status429TooManyRequests, "too_many_requests", $"This webhook takes {webhook.RatePerMinute:N0} calls a minute. Try again after 'Retry-After' seconds.") { RetryAfterSeconds = Math.Max(1, 60 / webhook.RatePerMinute) };

        var call = await ReadAsync(context, webhook, cancellationToken);
        var delivery = await VerifyAsync(webhook, call, cancellationToken);
        if (webhook.Verification.Kind == WebhookVerification.Slack && Challenge(call) is { } challenge)
        {
            Activity.Current?.SetTag(TriggerSpans.WebhookOutcome, "challenge");
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(challenge, cancellationToken);
            return;
        }
        var submission = await SubmissionAsync(webhook, call, cancellationToken);
        await waiting.AnswerAsync(context, webhook, submission, delivery, cancellationToken);
    }

    private async Task<CalledWebhook> FindAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!context.Request.RouteValues.ContainsKey("rest") && WebhookStore.IsToken(Token(context)) && await inbox.FindAsync(Token(context), cancellationToken) is { } webhook)
        {
            Activity.Current?.SetTag(TriggerSpans.WebhookId, webhook.Id.ToString())
                .SetTag(TriggerSpans.WebhookVerification, webhook.Verification.Kind)
                .SetTag(Attributes.WorkflowId, webhook.WorkflowId.ToString())
                .SetTag(Attributes.WorkspaceId, webhook.WorkspaceId.ToString());
            return webhook;
        }
        throw limits.MissesTooOften(context.Connection.RemoteIpAddress?.ToString() ?? "")
            ? new ProblemException(StatusCodes.Status429TooManyRequests, "too_many_requests", "Too many calls of unknown webhooks came from this address. Wait a moment.") { RetryAfterSeconds = 1 }
            : NotFound();
    }

    private static string Token(HttpContext context) => context.Request.RouteValues["token"] as string ?? "";

    private static ProblemException NotFound() => new(StatusCodes.Status404NotFound, "not_found", "There is no webhook at this address.");

    private async Task<WebhookCall> ReadAsync(HttpContext context, CalledWebhook webhook, CancellationToken cancellationToken) => new()
    {
        Method = context.Request.Method,
        Headers = context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal),
        Query = context.Request.Query.ToDictionary(q => q.Key, IReadOnlyList<string> (q) => [.. q.Value.Select(v => v ?? "")], StringComparer.Ordinal),
        Body = await RequestBody.ReadAsync(context, webhook.MaxBodyBytes, cancellationToken),
        ReceivedAt = time.GetUtcNow(),
        Token = Token(context),
    };

    /// <summary>Lets the call in, and tells which delivery it is; null where nothing tells.</summary>
    private async Task<byte[]?> VerifyAsync(CalledWebhook webhook, WebhookCall call, CancellationToken cancellationToken)
    {
        string? secret;
        try
        {
            secret = inbox.Secret(webhook);
        }
        catch (SecretException e)
        {
            LogSecretUnusable(logger, webhook.Id, e.Message);
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "webhook_unavailable", "This webhook can't verify calls at the moment.") { RetryAfterSeconds = 60 };
        }
        switch (WebhookCaller.Check(webhook.Verification, secret, call))
        {
            case WebhookVerdict.Accepted accepted:
                return accepted.Delivery;
            case WebhookVerdict.Refused refused:
                Activity.Current?.SetTag(TriggerSpans.WebhookOutcome, "refused").SetTag(Attributes.ErrorType, refused.Reason);
                if (limits.Refused(webhook.Id) is > 0 and var calls)
                    await inbox.LogRefusedAsync(webhook, refused.Reason, calls, cancellationToken);
                break;
        }
        throw new ProblemException(StatusCodes.Status401Unauthorized, "verification_failed", "The call could not be verified: its signature or secret is missing, wrong or too old.")
        {
            Header = webhook.Verification.Kind == WebhookVerification.Basic ? (HeaderNames.WWWAuthenticate, "Basic realm=\"webhook\", charset=\"UTF-8\"") : null,
        };
    }

    private async Task<ExecutionSubmission> SubmissionAsync(CalledWebhook webhook, WebhookCall call, CancellationToken cancellationToken)
    {
        var input = WebhookBody.ToInput(call, webhook.Verification, out var problem);
        if (problem is not null)
            throw ProblemCatalog.Invalid("invalid_body", $"The body can't be read: {problem.Message}", [problem]);
        if (await workflows.GetAsync(webhook.WorkspaceId, webhook.WorkflowId, webhook.Version, cancellationToken) is not { } version)
            throw new ProblemException(StatusCodes.Status404NotFound, "workflow_unavailable", "The workflow behind this webhook is gone.");
        IReadOnlyList<JsonProblem> errors = StorableJson.Check(input) is { Count: > 0 } unstorable ? unstorable : version.InputSchema?.Evaluate(input).Errors ?? [];
        if (errors.Count > 0)
            throw ProblemCatalog.Invalid("invalid_input", $"The call does not fit what the workflow takes: {errors[0].Message}", errors);
        return new ExecutionSubmission
        {
            WorkspaceId = webhook.WorkspaceId,
            OrganizationId = webhook.OrganizationId,
            UserId = webhook.UserId,
            WorkflowId = webhook.WorkflowId,
            VersionId = version.Found.VersionId,
            Version = version.Found.Version,
            WorkflowName = version.Found.Name,
            Input = input,
            Trigger = new ExecutionTrigger { Type = ExecutionTrigger.Webhook, Id = webhook.Id },
        };
    }

    /// <summary>What Slack wants to hear when it is told a new address (docs.slack.dev/reference/events/url_verification).</summary>
    private static string? Challenge(WebhookCall call)
    {
        try
        {
            using var body = JsonDocument.Parse(call.Body);
            return body.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("url_verification"u8)
                && root.TryGetProperty("challenge", out var challenge) && challenge.ValueKind == JsonValueKind.String
                ? challenge.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // a slash command is a form
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Webhook} can't verify calls: {Reason}")]
    private static partial void LogSecretUnusable(ILogger logger, Guid webhook, string reason);
}
