using Sos.Workflows.Webhooks;

namespace Sos.Api.Webhooks;

/// <summary>A webhook to be saved.</summary>
public sealed record WebhookRequest
{
    /// <summary>What it is for; 1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The version to run; where left out, the one that is the latest at each call.</summary>
    public int? Version { get; init; }

    /// <summary>The methods that it takes, of POST, PUT and GET; POST where left out.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>How it recognizes its callers.</summary>
    public required WebhookVerification Verification { get; init; }

    /// <summary>The signing secret, the password or the header's value: stored encrypted and never shown again. Left out in a change, the stored one stays.</summary>
    public string? Secret { get; init; }

    /// <summary><c>async</c> (where left out) answers 202 with the execution's id; <c>sync</c> waits for the execution and answers with its output.</summary>
    public string? Answer { get; init; }

    /// <summary>How long a synchronous answer waits, 1 to 60 seconds; 30 where left out.</summary>
    public int? WaitSeconds { get; init; }

    /// <summary>The most bytes of a body; 1 MiB where left out.</summary>
    public int? MaxBodyBytes { get; init; }

    /// <summary>How many calls a minute each server takes; 600 where left out.</summary>
    public int? RatePerMinute { get; init; }

    /// <summary>For how many seconds a delivery that comes again runs nothing; 30 days where left out, which is the most. Where callers sign a time, more than twice the tolerance.</summary>
    public int? ReplayWindowSeconds { get; init; }

    /// <summary>Whether it takes calls; true where left out.</summary>
    public bool? Enabled { get; init; }

    /// <summary>The name, and no secret.</summary>
    public override string ToString() => $"{nameof(WebhookRequest)} {{ Name = {Name} }}";

    /// <summary>What is asked for.</summary>
    /// <param name="largestBody">The most bytes that any webhook may take.</param>
    internal WebhookInput ToInput(int largestBody) => new()
    {
        Name = Name,
        WorkflowId = WorkflowId,
        Version = Version,
        Methods = Methods is null ? ["POST"] : [.. Methods.Distinct(StringComparer.Ordinal)],
        Verification = Verification,
        Secret = Secret,
        Answer = Answer ?? WebhookInput.Async,
        WaitSeconds = WaitSeconds ?? 30,
        MaxBodyBytes = MaxBodyBytes ?? Math.Min(1024 * 1024, largestBody),
        RatePerMinute = RatePerMinute ?? 600,
        ReplayWindowSeconds = ReplayWindowSeconds ?? WebhookInput.MaxReplayWindowSeconds,
        Enabled = Enabled ?? true,
    };
}
