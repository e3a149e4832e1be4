using System.Text.RegularExpressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Webhooks;

/// <summary>A webhook as somebody gives it.</summary>
public sealed partial record WebhookInput
{
    /// <summary>For how long a delivery is remembered at most: 30 days, in seconds.</summary>
    public const int MaxReplayWindowSeconds = 30 * 24 * 60 * 60;

    /// <summary>The least bytes of a key that is written as base64 or hex: half of what HMAC-SHA256 gives.</summary>
    private const int LeastKeyBytes = 16;

    private static readonly string[] Allowed = ["POST", "PUT", "GET"];

    /// <summary>Answers at once that the execution was accepted.</summary>
    public const string Async = "async";

    /// <summary>Waits for the execution and answers with its output.</summary>
    public const string Sync = "sync";

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's version; null for the latest at each call.</summary>
    public int? Version { get; init; }

    /// <summary>The methods that it takes.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>How it recognizes its callers.</summary>
    public required WebhookVerification Verification { get; init; }

    /// <summary>What it compares with; null to leave what is stored.</summary>
    public string? Secret { get; init; }

    /// <summary><see cref="Async"/> or <see cref="Sync"/>.</summary>
    public required string Answer { get; init; }

    /// <summary>How long a synchronous answer waits, in seconds.</summary>
    public required int WaitSeconds { get; init; }

    /// <summary>The most bytes of a body.</summary>
    public required int MaxBodyBytes { get; init; }

    /// <summary>How many calls a minute are taken.</summary>
    public required int RatePerMinute { get; init; }

    /// <summary>For how many seconds a delivery is remembered, so that it runs nothing when it comes again.</summary>
    public int ReplayWindowSeconds { get; init; } = MaxReplayWindowSeconds;

    /// <summary>Whether it takes calls.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The name, and no secret.</summary>
    public override string ToString() => $"{nameof(WebhookInput)} {{ Name = {Name} }}";

    /// <summary>Checks it all.</summary>
    /// <param name="largestBody">The most bytes that any webhook may take.</param>
    public IReadOnlyList<JsonProblem> Check(int largestBody)
    {
        var found = new List<JsonProblem>();
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > 200 || StorableJson.Clean(Name) != Name)
            found.Add(new("/name", "invalid_name", "A webhook's name has 1 to 200 characters."));
        if (Version < 1)
            found.Add(new("/version", "invalid_value", "A version is a number from 1."));
        if (Methods.Count is 0 or > 3 || Methods.Any(m => !Allowed.Contains(m)))
            found.Add(new("/methods", JsonProblemCodes.NotAllowed, "The methods are some of POST, PUT and GET."));
        else if (Methods.Contains("GET") && Verification.IsSignature)
            found.Add(new("/methods", JsonProblemCodes.NotAllowed, "A signature is of the body, and GET has none: whoever saw one call could make any other. Use POST, or another kind of verification."));
        if (Answer is not (Async or Sync))
            found.Add(new("/answer", JsonProblemCodes.NotAllowed, "The answer is async or sync."));
        InRange("waitSeconds", WaitSeconds, 1, 60);
        InRange("maxBodyBytes", MaxBodyBytes, 1, largestBody);
        InRange("ratePerMinute", RatePerMinute, 1, 100_000);
        // A recorded call is in time as long as its signed time is near enough, before and behind: to forget it earlier
        // would let it run again.
        InRange("replayWindowSeconds", ReplayWindowSeconds, Verification.SignsATime ? 2 * Math.Clamp((int)Verification.Tolerance.TotalSeconds, 1, 3_600) + 1 : 1, MaxReplayWindowSeconds);
        CheckVerification(found);
        return found;

        void InRange(string name, int value, int least, int most)
        {
            if (value < least || value > most)
                found.Add(new($"/{name}", "out_of_range", $"{name} is a number from {least:N0} to {most:N0}."));
        }
    }

    private void CheckVerification(List<JsonProblem> found)
    {
        var how = Verification;
        if (!WebhookVerification.Kinds.Contains(how.Kind))
        {
            found.Add(new("/verification/kind", JsonProblemCodes.NotAllowed, $"The kind is one of {string.Join(", ", WebhookVerification.Kinds)}."));
            return;
        }
        var (isGeneric, hasId) = (how.Kind == WebhookVerification.Generic, how.SignedContent == WebhookVerification.SignsId);
        var hasTime = hasId || how.SignedContent == WebhookVerification.SignsTime;
        Header("header", how.Header, isGeneric || how.Kind == WebhookVerification.FixedHeader, isGeneric || how.Kind == WebhookVerification.FixedHeader);
        Header("timestampHeader", how.TimestampHeader, isGeneric && hasTime, isGeneric && hasTime);
        Header("idHeader", how.IdHeader, isGeneric ? hasId : !how.IsSignature, isGeneric && hasId);
        OneOf("algorithm", how.Algorithm, isGeneric, "sha256", "sha512", "sha1");
        OneOf("encoding", how.Encoding, isGeneric, "hex", "base64");
        OneOf("signedContent", how.SignedContent, isGeneric, WebhookVerification.SignsBody, WebhookVerification.SignsTime, WebhookVerification.SignsId);
        OneOf("secretEncoding", how.SecretEncoding, isGeneric, "text", "base64", "hex");
        if (how.Prefix is { } prefix && (!isGeneric || prefix.Length > 50 || !prefix.All(c => c is > ' ' and <= '~')))
            Wrong("prefix", isGeneric ? "has at most 50 visible ASCII characters." : $"is not used with {how.Kind}.");
        if (how.ToleranceSeconds is { } tolerance && (!(isGeneric && hasTime || how.Kind is WebhookVerification.Stripe or WebhookVerification.Slack) || tolerance is < 1 or > 3_600))
            Wrong("toleranceSeconds", tolerance is < 1 or > 3_600 ? "is a number from 1 to 3,600." : "is used only where a time is signed.");
        if ((how.Kind == WebhookVerification.Basic) != how.Username is { Length: > 0 and <= 200 } || how.Username?.Contains(':', StringComparison.Ordinal) == true)
            Wrong("username", how.Kind == WebhookVerification.Basic ? "is needed: 1 to 200 characters without a colon." : $"is not used with {how.Kind}.");
        CheckSecret(found);

        void Wrong(string field, string what) => found.Add(new($"/verification/{field}", "invalid_value", $"{field} {what}"));

        void Header(string field, string? value, bool isUsed, bool isNeeded)
        {
            if (value is null ? isNeeded : !isUsed || !HeaderName().IsMatch(value))
                Wrong(field, value is null ? "is needed: a header's name." : isUsed ? "is a header's name of letters, digits and '-'."
                    : isGeneric && field == "idHeader" ? $"is used only where the id is signed, with the signedContent {WebhookVerification.SignsId}: otherwise a recorded call could be sent again under another id."
                    : $"is not used here.");
        }

        void OneOf(string field, string? value, bool isUsed, params string[] values)
        {
            if (value is not null && (!isUsed || !values.Contains(value)))
                Wrong(field, isUsed ? $"is one of {string.Join(", ", values)}." : $"is not used with {how.Kind}.");
        }
    }

    private void CheckSecret(List<JsonProblem> found)
    {
        if (Secret is null)
            return;
        if (Verification.Kind == WebhookVerification.None)
            found.Add(new("/secret", "not_used", "A webhook that does not verify its callers has no secret."));
        else if (Secret.Length is < 6 or > 1_000 || StorableJson.Clean(Secret) != Secret || Secret.Any(char.IsControl))
            found.Add(new("/secret", "invalid_value", "A secret has 6 to 1,000 characters, none of them a control character."));
        else if (Verification.SecretEncoding is "base64" or "hex" && WebhookCaller.SecretBytes(Secret, Verification.SecretEncoding) is null or { Length: < LeastKeyBytes })
            found.Add(new("/secret", "invalid_value", $"The secret is {Verification.SecretEncoding} of at least {LeastKeyBytes} bytes."));
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,99}$")]
    private static partial Regex HeaderName();
}
