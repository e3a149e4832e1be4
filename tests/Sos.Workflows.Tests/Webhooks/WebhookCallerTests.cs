using System.Text;
using Sos.Workflows.Webhooks;

namespace Sos.Workflows.Tests.Webhooks;

/// <summary>Against the vendors' published examples where there are any; the others were made with openssl.</summary>
public sealed class WebhookCallerTests
{
    private const string SlackSecret = "8f742231b10e8888abcd99yyyzzz85a5";
    private const string SlackSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    private const string SlackBody = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    private const string StripeSecret = "whsec_test_secret";
    private const string StripeBody = """{"id":"evt_1","object":"event"}""";
    private const string StripeSignature = "t=1492774577,v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543";

    private static readonly WebhookVerification GitHub = new() { Kind = WebhookVerification.GitHub };
    private static readonly WebhookVerification Slack = new() { Kind = WebhookVerification.Slack };
    private static readonly WebhookVerification Stripe = new() { Kind = WebhookVerification.Stripe };

    [Theory]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", null)]
    [InlineData("sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17", null)]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18", "signature_wrong")]
    [InlineData("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "signature_wrong")]
    [InlineData("sha256=757107ea", "signature_wrong")]
    [InlineData("sha256=", "signature_wrong")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1g", "signature_wrong")]
    [InlineData("sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59", "signature_wrong")]
    [InlineData(null, "signature_missing")]
    public void GitHubs_example_is_let_in_and_nothing_else(string? signature, string? refusal) =>
        Expect(refusal, WebhookCaller.Check(GitHub, "It's a Secret to Everybody", Call("Hello, World!", 0, ("x-hub-signature-256", signature))));

    [Theory]
    [InlineData(1531420618, 1531420618, SlackSignature, null)]
    [InlineData(1531420618, 1531420618 + 300, SlackSignature, null)]
    [InlineData(1531420618, 1531420618 + 301, SlackSignature, "timestamp_out_of_tolerance")]
    [InlineData(1531420618, 1531420618 - 301, SlackSignature, "timestamp_out_of_tolerance")] // from the future
    [InlineData(1531420619, 1531420618, SlackSignature, "signature_wrong")] // the time is signed
    [InlineData(1531420618, 1531420618, "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", "signature_wrong")]
    [InlineData(1531420618, 1531420618, null, "signature_missing")]
    public void Slacks_example_is_let_in_in_its_time(long signedAt, long now, string? signature, string? refusal) =>
        Expect(refusal, WebhookCaller.Check(Slack, SlackSecret, Call(SlackBody, now, ("x-slack-signature", signature), ("x-slack-request-timestamp", $"{signedAt}"))));

    [Theory]
    [InlineData(StripeSignature, 0, null)]
    [InlineData("t=1492774577,v1=0000000000000000000000000000000000000000000000000000000000000000,v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543,v0=x", 0, null)] // while a secret is rolled
    [InlineData(StripeSignature, 300, null)]
    [InlineData(StripeSignature, 301, "timestamp_out_of_tolerance")]
    [InlineData(StripeSignature, -301, "timestamp_out_of_tolerance")]
    [InlineData("t=1492774578,v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543", 0, "signature_wrong")]
    [InlineData("t=1492774577,v0=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543", 0, "signature_wrong")]
    [InlineData("v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543", 0, "signature_wrong")]
    [InlineData("", 0, "signature_wrong")]
    [InlineData(null, 0, "signature_missing")]
    public void Stripes_signature_is_of_time_and_body(string? signature, int age, string? refusal) =>
        Expect(refusal, WebhookCaller.Check(Stripe, StripeSecret, Call(StripeBody, 1492774577 + age, ("stripe-signature", signature))));

    [Theory]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, null)]
    [InlineData("v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,x", 0, null)]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 400, "timestamp_out_of_tolerance")]
    [InlineData("v1,AAAA", 0, "signature_wrong")]
    [InlineData("v1,***", 0, "signature_wrong")]
    public void Standard_Webhooks_example_is_a_generic_signature(string signature, int age, string? refusal) => Expect(refusal, WebhookCaller.Check(
        new WebhookVerification
        {
            Kind = WebhookVerification.Generic, Header = "webhook-signature", Prefix = "v1,", Encoding = "base64", SecretEncoding = "base64",
            SignedContent = WebhookVerification.SignsId, IdHeader = "webhook-id", TimestampHeader = "webhook-timestamp",
        },
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        Call("""{"test": 2432232314}""", 1614265330 + age, ("webhook-signature", signature), ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"))));

    [Theory]
    [InlineData("sha512", "base64", "", "EgxYAjxysQuBTmMd7Ea6+QB3I/V/KS3L4wJ/5tIyG6Za7o9Wir4X9p4Nsg58+nqPNH7JaJqrCA+DKFPEyPt2+w==", null)]
    [InlineData("sha1", "hex", "sha1=", "sha1=e610337e09fff5a990131bc1cff1425b5c8f39a0", null)]
    [InlineData("sha256", "hex", "sha1=", "sha1=e610337e09fff5a990131bc1cff1425b5c8f39a0", "signature_wrong")]
    [InlineData("sha1", "base64", "", "e610337e09fff5a990131bc1cff1425b5c8f39a0", "signature_wrong")]
    public void A_generic_signature_has_a_hash_and_a_way_to_be_written(string algorithm, string encoding, string prefix, string signature, string? refusal) => Expect(refusal, WebhookCaller.Check(
        new WebhookVerification { Kind = WebhookVerification.Generic, Header = "X-Signature", Algorithm = algorithm, Encoding = encoding, Prefix = prefix },
        "generic-secret", Call("""{"a":1}""", 0, ("x-signature", signature))));

    [Theory]
    [InlineData("Basic YW5uOm9wZW4gc2VzYW1l", null)] // ann:open sesame
    [InlineData("Basic YW5uOm9wZW4gc2VzYW0=", "signature_wrong")]
    [InlineData("Bearer YW5uOm9wZW4gc2VzYW1l", "signature_wrong")]
    [InlineData(null, "signature_missing")]
    public void A_user_name_and_password_are_compared_whole(string? authorization, string? refusal) => Expect(refusal, WebhookCaller.Check(
        new WebhookVerification { Kind = WebhookVerification.Basic, Username = "ann" }, "open sesame", Call("", 0, ("authorization", authorization))));

    [Theory]
    [InlineData("the-value", null)]
    [InlineData("the-value-and-more", "signature_wrong")]
    [InlineData("", "signature_wrong")]
    [InlineData(null, "signature_missing")]
    public void A_fixed_header_is_compared_whole(string? value, string? refusal) => Expect(refusal, WebhookCaller.Check(
        new WebhookVerification { Kind = WebhookVerification.FixedHeader, Header = "X-Door" }, "the-value", Call("", 0, ("x-door", value))));

    [Fact]
    public void Without_its_secret_a_webhook_lets_nobody_in()
    {
        foreach (var kind in WebhookVerification.Kinds.Except([WebhookVerification.None]))
            Expect("secret_unusable", WebhookCaller.Check(new WebhookVerification { Kind = kind, Header = "h" }, null, Call("", 0)));
        Expect("secret_unusable", WebhookCaller.Check(new WebhookVerification { Kind = "unknown" }, "secret", Call("", 0)));
    }

    [Fact]
    public void A_delivery_is_known_again_by_what_its_sender_signs()
    {
        // GitHub's delivery id is not signed: another one does not make it another delivery.
        var github = Hash("Hello, World!");
        var first = WebhookCaller.Check(GitHub, "It's a Secret to Everybody", Call("Hello, World!", 0, ("x-hub-signature-256", github), ("x-github-delivery", "1")));
        var again = WebhookCaller.Check(GitHub, "It's a Secret to Everybody", Call("Hello, World!", 0, ("x-hub-signature-256", github), ("x-github-delivery", "2")));
        Assert.Equal(Delivery(first), Delivery(again));

        // Stripe sends an event again with another time and signature, and the same id.
        var id = Delivery(WebhookCaller.Check(Stripe, StripeSecret, Call(StripeBody, 1492774577, ("stripe-signature", StripeSignature))));
        Assert.Equal(id, Delivery(WebhookCaller.Check(Stripe, StripeSecret, Call(StripeBody, 1492774600, ("stripe-signature", Stripes(StripeBody, 1492774600))))));
        Assert.NotEqual(id, Delivery(WebhookCaller.Check(Stripe, StripeSecret, Call("""{"id":"evt_2"}""", 1492774600, ("stripe-signature", Stripes("""{"id":"evt_2"}""", 1492774600))))));

        // Without verification nothing tells, unless the owner names a header.
        Assert.Null(Delivery(WebhookCaller.Check(new WebhookVerification { Kind = WebhookVerification.None }, null, Call("x", 0, ("x-id", "1")))));
        Assert.NotNull(Delivery(WebhookCaller.Check(new WebhookVerification { Kind = WebhookVerification.None, IdHeader = "X-Id" }, null, Call("x", 0, ("x-id", "1")))));
    }

    private static string Hash(string body) => "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes("It's a Secret to Everybody"), Encoding.UTF8.GetBytes(body)));

    private static string Stripes(string body, long time) =>
        $"t={time},v1={Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(StripeSecret), Encoding.UTF8.GetBytes($"{time}.{body}")))}";

    private static byte[]? Delivery(WebhookVerdict verdict) => Assert.IsType<WebhookVerdict.Accepted>(verdict).Delivery;

    private static void Expect(string? refusal, WebhookVerdict verdict) => Assert.Equal(refusal, (verdict as WebhookVerdict.Refused)?.Reason);

    private static WebhookCall Call(string body, long unixTime, params (string Name, string? Value)[] headers) => new()
    {
        Method = "POST",
        Headers = headers.Where(h => h.Value is not null).ToDictionary(h => h.Name, h => h.Value!),
        Query = new Dictionary<string, IReadOnlyList<string>>(),
        Body = Encoding.UTF8.GetBytes(body),
        ReceivedAt = DateTimeOffset.FromUnixTimeSeconds(unixTime),
    };
}
