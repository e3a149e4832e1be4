using System.Text.Json.Serialization;

namespace Sos.Api.Credentials;

/// <summary>How a credential is to be tested.</summary>
public sealed record CredentialTestRequest
{
    /// <summary>An address that needs the credential, on one of its allowedHosts; it is asked for with GET. Without it, the credential's own setting.</summary>
    public string? TestUrl { get; init; }
}

/// <summary>What a test of a credential came to.</summary>
public sealed record CredentialTestAnswer
{
    /// <summary>Whether it works, as far as could be seen.</summary>
    public required bool Ok { get; init; }

    /// <summary>What was seen, in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>Why it does not work: an error code of nodes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Code { get; init; }

    /// <summary>The status that the service answered with, where it was asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Status { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required double LatencyMs { get; init; }

    /// <summary>The execution that tested.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>Its trace.</summary>
    public required string TraceId { get; init; }
}

/// <summary>Where to sign in.</summary>
public sealed record AuthorizeAnswer
{
    /// <summary>The address that the person who signs in opens in a browser. It is good once.</summary>
    public required string AuthorizationUrl { get; init; }

    /// <summary>Until when the browser must be back.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Where the browser comes back to; the service must know it as the client's redirect URI.</summary>
    public required string RedirectUri { get; init; }
}
