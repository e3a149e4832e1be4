using System.Globalization;
using Sos.Api.Problems;
using Sos.Api.Webhooks;
using Sos.Workflows.Json;
using Sos.Workflows.Store;
using Sos.Workflows.Webhooks;

namespace Sos.Api.Pages.Triggers;

/// <summary>A webhook as somebody types it into the form.</summary>
public sealed class WebhookFields
{
    /// <summary>The kinds of verification with what they are called.</summary>
    public static readonly IReadOnlyList<(string Kind, string Text)> Kinds =
    [
        (WebhookVerification.GitHub, "GitHub's signature"), (WebhookVerification.Stripe, "Stripe's signature"), (WebhookVerification.Slack, "Slack's signature"),
        (WebhookVerification.Generic, "another HMAC signature"), (WebhookVerification.FixedHeader, "a fixed header"),
        (WebhookVerification.Basic, "user name and password"), (WebhookVerification.None, "none: whoever has the address"),
    ];

    /// <summary>What it is for.</summary>
    public string Name { get; set; } = "";

    /// <summary>The workflow's id.</summary>
    public string Workflow { get; set; } = "";

    /// <summary>The version's number; empty for the latest.</summary>
    public string Version { get; set; } = "";

    /// <summary>Whether it takes POST.</summary>
    public bool Post { get; set; } = true;

    /// <summary>Whether it takes PUT.</summary>
    public bool Put { get; set; }

    /// <summary>Whether it takes GET.</summary>
    public bool Get { get; set; }

    /// <summary>How it recognizes its callers.</summary>
    public string Kind { get; set; } = WebhookVerification.GitHub;

    /// <summary>The header with the signature or the value.</summary>
    public string Header { get; set; } = "";

    /// <summary>The signature's hash.</summary>
    public string Algorithm { get; set; } = "sha256";

    /// <summary>How the signature is written.</summary>
    public string Encoding { get; set; } = "hex";

    /// <summary>What stands before the signature.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>What is signed.</summary>
    public string SignedContent { get; set; } = WebhookVerification.SignsBody;

    /// <summary>The header with the signed time.</summary>
    public string TimestampHeader { get; set; } = "";

    /// <summary>The header with the delivery's id.</summary>
    public string IdHeader { get; set; } = "";

    /// <summary>How far the signed time may be from now, in seconds; empty for 300.</summary>
    public string Tolerance { get; set; } = "";

    /// <summary>How the secret is written.</summary>
    public string SecretEncoding { get; set; } = "text";

    /// <summary>The user name.</summary>
    public string Username { get; set; } = "";

    /// <summary>The secret; empty to leave what is stored.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Whether it waits for the execution.</summary>
    public string Answer { get; set; } = WebhookInput.Async;

    /// <summary>How long, in seconds; empty for 30.</summary>
    public string WaitSeconds { get; set; } = "";

    /// <summary>The most bytes of a body; empty for 1 MiB.</summary>
    public string MaxBodyBytes { get; set; } = "";

    /// <summary>How many calls a minute; empty for 600.</summary>
    public string RatePerMinute { get; set; } = "";

    /// <summary>For how many seconds a delivery is remembered; empty for 30 days.</summary>
    public string ReplayWindow { get; set; } = "";

    /// <summary>Whether it takes calls.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether the kind has a secret.</summary>
    public bool HasSecret => Kind != WebhookVerification.None;

    /// <summary>Whether the kind has a header of its own choice.</summary>
    public bool HasHeader => Kind is WebhookVerification.Generic or WebhookVerification.FixedHeader;

    /// <summary>Whether a time is signed.</summary>
    public bool SignsATime => Kind is WebhookVerification.Stripe or WebhookVerification.Slack || (Kind == WebhookVerification.Generic && SignedContent != WebhookVerification.SignsBody);

    /// <summary>Whether a delivery's id can be in a header.</summary>
    public bool HasId => Kind is WebhookVerification.None or WebhookVerification.Basic or WebhookVerification.FixedHeader || (Kind == WebhookVerification.Generic && SignedContent == WebhookVerification.SignsId);

    /// <summary>The fields of a webhook that is there; its secret is not known.</summary>
    public static WebhookFields Of(Webhook webhook) => new()
    {
        Name = webhook.Name,
        Workflow = webhook.WorkflowId.ToString(),
        Version = Text(webhook.Version),
        Post = webhook.Methods.Contains("POST"),
        Put = webhook.Methods.Contains("PUT"),
        Get = webhook.Methods.Contains("GET"),
        Kind = webhook.Verification.Kind,
        Header = webhook.Verification.Header ?? "",
        Algorithm = webhook.Verification.Algorithm ?? "sha256",
        Encoding = webhook.Verification.Encoding ?? "hex",
        Prefix = webhook.Verification.Prefix ?? "",
        SignedContent = webhook.Verification.SignedContent ?? WebhookVerification.SignsBody,
        TimestampHeader = webhook.Verification.TimestampHeader ?? "",
        IdHeader = webhook.Verification.IdHeader ?? "",
        Tolerance = Text(webhook.Verification.ToleranceSeconds),
        SecretEncoding = webhook.Verification.SecretEncoding ?? "text",
        Username = webhook.Verification.Username ?? "",
        Answer = webhook.Answer,
        WaitSeconds = Text(webhook.WaitSeconds),
        MaxBodyBytes = Text(webhook.MaxBodyBytes),
        RatePerMinute = Text(webhook.RatePerMinute),
        ReplayWindow = Text(webhook.ReplayWindowSeconds),
        Enabled = webhook.Enabled,
    };

    /// <summary>What is asked for; fields that the kind of verification does not use are left out.</summary>
    /// <exception cref="ProblemException">A field can't be read; what else is wrong is found when it is saved.</exception>
    public WebhookRequest ToRequest()
    {
        var problems = new List<JsonProblem>();
        var isGeneric = Kind == WebhookVerification.Generic;
        var request = new WebhookRequest
        {
            Name = Name.Trim(),
            WorkflowId = ScheduleFields.ReadWorkflow(Workflow, problems),
            Version = ScheduleFields.ReadNumber(Version, "/version", "A version is a number from 1; leave it empty for the latest.", problems),
            Methods = [.. new[] { (Post, "POST"), (Put, "PUT"), (Get, "GET") }.Where(m => m.Item1).Select(m => m.Item2)],
            Verification = new WebhookVerification
            {
                Kind = Kind,
                Header = HasHeader ? Given(Header) : null,
                Algorithm = isGeneric ? Algorithm : null,
                Encoding = isGeneric ? Encoding : null,
                Prefix = isGeneric ? Given(Prefix) : null,
                SignedContent = isGeneric ? SignedContent : null,
                TimestampHeader = isGeneric && SignsATime ? Given(TimestampHeader) : null,
                IdHeader = HasId ? Given(IdHeader) : null,
                ToleranceSeconds = SignsATime ? Number(Tolerance, "/verification/toleranceSeconds", problems) : null,
                SecretEncoding = isGeneric ? SecretEncoding : null,
                Username = Kind == WebhookVerification.Basic ? Given(Username) : null,
            },
            Secret = HasSecret && Secret.Length > 0 ? Secret : null,
            Answer = Answer,
            WaitSeconds = Number(WaitSeconds, "/waitSeconds", problems),
            MaxBodyBytes = Number(MaxBodyBytes, "/maxBodyBytes", problems),
            RatePerMinute = Number(RatePerMinute, "/ratePerMinute", problems),
            ReplayWindowSeconds = Number(ReplayWindow, "/replayWindowSeconds", problems),
            Enabled = Enabled,
        };
        return problems.Count == 0 ? request : throw ProblemCatalog.Invalid("invalid_webhook", problems[0].Message, problems);
    }

    private static string? Given(string text) => text.Trim() is { Length: > 0 } given ? given : null;

    private static int? Number(string text, string pointer, List<JsonProblem> problems) =>
        ScheduleFields.ReadNumber(text, pointer, "Write a whole number, or leave it empty.", problems);

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
