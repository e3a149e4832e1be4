using System.Text.Json.Serialization;

namespace Sos.Workflows.Webhooks;

/// <summary>How a webhook recognizes its callers. What it compares with is kept apart, sealed.</summary>
public sealed record WebhookVerification
{
    /// <summary>Whoever has the address may call.</summary>
    public const string None = "none";

    /// <summary>A message authentication code (HMAC) in a header, in whatever way the caller makes it.</summary>
    public const string Generic = "generic";

    /// <summary>GitHub's <c>X-Hub-Signature-256</c>.</summary>
    public const string GitHub = "github";

    /// <summary>Stripe's <c>Stripe-Signature</c>.</summary>
    public const string Stripe = "stripe";

    /// <summary>Slack's <c>X-Slack-Signature</c>.</summary>
    public const string Slack = "slack";

    /// <summary>A user name and a password (RFC 7617).</summary>
    public const string Basic = "basic";

    /// <summary>A fixed value in a header.</summary>
    public const string FixedHeader = "header";

    /// <summary>All kinds.</summary>
    public static readonly IReadOnlyList<string> Kinds = [None, Generic, GitHub, Stripe, Slack, Basic, FixedHeader];

    /// <summary>What is signed by default: the body.</summary>
    public const string SignsBody = "body";

    /// <summary>What is signed: the time, a full stop, the body.</summary>
    public const string SignsTime = "timestamp.body";

    /// <summary>What is signed: the delivery's id, the time and the body, with full stops between (standardwebhooks.com).</summary>
    public const string SignsId = "id.timestamp.body";

    /// <summary><c>none</c>, <c>generic</c>, <c>github</c>, <c>stripe</c>, <c>slack</c>, <c>basic</c> or <c>header</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>generic</c> and <c>header</c>: the header with the signature or the value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Header { get; init; }

    /// <summary><c>generic</c>: the hash, <c>sha256</c> (where left out), <c>sha512</c> or <c>sha1</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Algorithm { get; init; }

    /// <summary><c>generic</c>: how the signature is written, <c>hex</c> (where left out) or <c>base64</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Encoding { get; init; }

    /// <summary><c>generic</c>: what stands before the signature, such as <c>sha256=</c>. Of several signatures with spaces between, one must be right.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Prefix { get; init; }

    /// <summary><c>generic</c>: what is signed, <c>body</c> (where left out), <c>timestamp.body</c> or <c>id.timestamp.body</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SignedContent { get; init; }

    /// <summary><c>generic</c>: the header with the time, in seconds since 1970.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TimestampHeader { get; init; }

    /// <summary>
    /// The header with an id that a repeated delivery has again. With <c>generic</c> only where the id is signed;
    /// otherwise somebody who recorded a call could send it again under another id.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdHeader { get; init; }

    /// <summary><c>generic</c>, <c>stripe</c> and <c>slack</c>: how far the signed time may be from now, in seconds; 300 where left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ToleranceSeconds { get; init; }

    /// <summary><c>generic</c>: how the secret is written, <c>text</c> (where left out), <c>base64</c> (with or without <c>whsec_</c> before it) or <c>hex</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SecretEncoding { get; init; }

    /// <summary><c>basic</c>: the user name; the secret is the password.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Username { get; init; }

    /// <summary>Whether callers sign what they send.</summary>
    [JsonIgnore]
    public bool IsSignature => Kind is Generic or GitHub or Stripe or Slack;

    /// <summary>Whether callers sign a time, so that a call that was recorded is of no use for long.</summary>
    [JsonIgnore]
    public bool SignsATime => Kind is Stripe or Slack || (Kind == Generic && SignedContent is SignsTime or SignsId);

    /// <summary>How far a signed time may be from now.</summary>
    [JsonIgnore]
    public TimeSpan Tolerance => TimeSpan.FromSeconds(ToleranceSeconds ?? 300);
}
