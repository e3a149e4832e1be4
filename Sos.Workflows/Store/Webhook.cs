using Sos.Workflows.Webhooks;

namespace Sos.Workflows.Store;

/// <summary>A webhook as people see it: nothing of its token but how it begins, and nothing of its secret.</summary>
public record Webhook
{
    /// <summary>The webhook's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The version that it runs; null for the latest at each call.</summary>
    public int? Version { get; init; }

    /// <summary>How the token in its address begins.</summary>
    public required string TokenPrefix { get; init; }

    /// <summary>The methods that it takes.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>How it recognizes its callers.</summary>
    public required WebhookVerification Verification { get; init; }

    /// <summary><c>async</c>: 202 at once. <c>sync</c>: the execution's output, if it ends in time.</summary>
    public required string Answer { get; init; }

    /// <summary>How long a synchronous answer waits, in seconds.</summary>
    public required int WaitSeconds { get; init; }

    /// <summary>The most bytes of a body.</summary>
    public required int MaxBodyBytes { get; init; }

    /// <summary>How many calls a minute each server takes.</summary>
    public required int RatePerMinute { get; init; }

    /// <summary>For how many seconds a delivery is remembered, so that it runs nothing when it comes again.</summary>
    public required int ReplayWindowSeconds { get; init; }

    /// <summary>Whether it takes calls.</summary>
    public required bool Enabled { get; init; }

    /// <summary>When it last started an execution, to a minute; null before the first.</summary>
    public DateTimeOffset? LastReceivedAt { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When somebody last changed it.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A webhook that is being called, with what the call needs.</summary>
public sealed record CalledWebhook
{
    /// <summary>The webhook's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its workspace.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>The workspace's organization.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Who made it.</summary>
    public Guid? UserId { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The version that it runs; null for the latest.</summary>
    public int? Version { get; init; }

    /// <summary>The methods that it takes.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>How it recognizes its callers.</summary>
    public required WebhookVerification Verification { get; init; }

    /// <summary>What it compares with, sealed; null for none.</summary>
    public byte[]? SealedSecret { get; init; }

    /// <summary>Whether it waits for the execution.</summary>
    public required bool IsSync { get; init; }

    /// <summary>How long it waits.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>The most bytes of a body.</summary>
    public required int MaxBodyBytes { get; init; }

    /// <summary>How many calls a minute each server takes.</summary>
    public required int RatePerMinute { get; init; }

    /// <summary>How long a delivery is remembered.</summary>
    public required TimeSpan ReplayWindow { get; init; }

    /// <summary>Whether it takes calls.</summary>
    public required bool Enabled { get; init; }
}

/// <summary>What became of saving a webhook.</summary>
public abstract record SaveWebhookResult
{
    private SaveWebhookResult()
    {
    }

    /// <summary>It is saved.</summary>
    /// <param name="Webhook">The webhook.</param>
    /// <param name="Token">A new token, shown this once; null where the old one stays.</param>
    public sealed record Saved(Webhook Webhook, string? Token) : SaveWebhookResult;

    /// <summary>There is no such webhook.</summary>
    public sealed record NotFound : SaveWebhookResult;

    /// <summary>It recognizes its callers by a secret, which must be given: there is none yet, or it was stored for another use.</summary>
    public sealed record SecretNeeded : SaveWebhookResult;

    /// <summary>The workspace has <see cref="WebhookStore.MaxWebhooks"/> already.</summary>
    public sealed record TooMany : SaveWebhookResult;
}
