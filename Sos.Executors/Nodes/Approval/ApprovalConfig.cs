using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Approval;

/// <summary>The config of an <c>approval</c> node.</summary>
internal sealed record ApprovalConfig
{
    /// <summary>What is asked.</summary>
    public JsonElement Message { get; init; }

    /// <summary>Ids or e-mail addresses of the users who may decide; null or empty for everybody whose role allows it.</summary>
    public IReadOnlyList<string>? Approvers { get; init; }

    /// <summary>How long a decision is waited for; null for as long as it takes.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>What happens when nobody decided in time.</summary>
    public OnExpiry OnExpiry { get; init; }
}

/// <summary>What becomes of an approval that nobody decided in time.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OnExpiry>))]
internal enum OnExpiry
{
    /// <summary>It counts as rejected.</summary>
    [JsonStringEnumMemberName("reject")] Reject,

    /// <summary>It counts as approved.</summary>
    [JsonStringEnumMemberName("approve")] Approve,

    /// <summary>The node fails with <c>approval_expired</c>.</summary>
    [JsonStringEnumMemberName("fail")] Fail,
}

/// <summary>What a waiting approval shows to those who decide.</summary>
internal sealed record ApprovalState
{
    /// <summary>What is asked.</summary>
    public required string Message { get; init; }

    /// <summary>Who may decide; empty for everybody whose role allows it.</summary>
    public required IReadOnlyList<string> Approvers { get; init; }

    /// <summary>Since when it waits.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Until when it waits; null for as long as it takes.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What happens then.</summary>
    public OnExpiry OnExpiry { get; init; }
}

/// <summary>The payload of an <c>approval</c> signal.</summary>
internal sealed record ApprovalSignal
{
    /// <summary><c>approve</c> or <c>reject</c>.</summary>
    public string? Decision { get; init; }

    /// <summary>What the person had to say.</summary>
    public string? Comment { get; init; }

    /// <summary>Who decided; null for a key without a user.</summary>
    public string? UserId { get; init; }

    /// <summary>When it was decided; null for now.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>The output of an <c>approval</c> node.</summary>
internal sealed record ApprovalOutput(string Decision, bool Approved, string? Comment, string? UserId, DateTimeOffset DecidedAt, bool Expired);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(ApprovalConfig))]
[JsonSerializable(typeof(ApprovalState))]
[JsonSerializable(typeof(ApprovalOutput))]
internal sealed partial class ApprovalJson : JsonSerializerContext;

/// <summary>Reads signals: what the API adds to them one day is no reason to refuse a person's decision.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ApprovalSignal))]
internal sealed partial class ApprovalSignalJson : JsonSerializerContext;
