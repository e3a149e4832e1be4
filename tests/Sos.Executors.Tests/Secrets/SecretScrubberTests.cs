using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using Sos.Executors.Secrets;
using Sos.Executors.Tests.Nodes;

namespace Sos.Executors.Tests.Secrets;

public sealed class SecretScrubberTests
{
    private const string Secret = "pä\"ss/w+rd &1\\2";

    public static TheoryData<string> Disguises => new(
        Secret,
        JsonSerializer.Serialize(Secret),
        JsonEncodedText.Encode(Secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
        Uri.EscapeDataString(Secret),
        Uri.EscapeDataString(Secret).Replace("%20", "+", StringComparison.Ordinal),
        Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)),
        Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:" + Secret)),
        Convert.ToBase64String(Encoding.UTF8.GetBytes("anna:" + Secret + ":more")).Replace('+', '-').Replace('/', '_'));

    [Theory]
    [MemberData(nameof(Disguises))]
    public void A_secret_is_found_in_its_disguises(string text)
    {
        var clean = With(Secret).Apply($"before {text} after");
        Assert.Contains(SecretScrubber.Mask, clean, StringComparison.Ordinal);
        Assert.DoesNotContain("rd", clean, StringComparison.Ordinal);
        Assert.StartsWith("before ", clean, StringComparison.Ordinal);
        Assert.EndsWith(" after", clean, StringComparison.Ordinal);
    }

    [Property]
    public bool Whatever_goes_before_and_behind_a_secret_its_base64_tells_nothing_of_it(NonNull<string> secret, NonNull<byte[]> before, NonNull<byte[]> behind)
    {
        if (secret.Get.Length < SecretScrubber.MinLength)
            return true;
        var bytes = Encoding.UTF8.GetBytes(secret.Get);
        var text = Convert.ToBase64String([.. before.Get, .. bytes, .. behind.Get]);
        var clean = With(secret.Get).Apply(text);
        // What is left of the secret's own characters are those at the edges, which it shares with its neighbours.
        return clean.Contains(SecretScrubber.Mask, StringComparison.Ordinal) && text.Length - clean.Length >= bytes.Length * 8 / 6 - 2 - SecretScrubber.Mask.Length;
    }

    [Property]
    public bool No_text_keeps_a_secret(NonNull<string> before, NonNull<string> secret, NonNull<string> behind) =>
        secret.Get.Length < SecretScrubber.MinLength || secret.Get.Contains('*', StringComparison.Ordinal)
        || !With(secret.Get).Apply(before.Get + secret.Get + behind.Get).Contains(secret.Get, StringComparison.Ordinal);

    [Fact]
    public void The_longer_of_two_secrets_is_looked_for_first()
    {
        var secrets = With("token-1");
        secrets.Add("token-1-and-more");
        Assert.Equal("***, ***", secrets.Apply("token-1-and-more, token-1"));
    }

    [Fact]
    public void In_json_names_texts_and_numbers_are_scrubbed_and_the_rest_stays()
    {
        var secrets = With("123456");
        secrets.Add("a-secret");
        NodeRun.AssertJson(
            """{"***": 1, "b": ["x *** y", "***", true, null, 12345, {"c": "*** "}]}""",
            secrets.Apply(JsonElement.Parse("""{"a-secret": 1, "b": ["x a-secret y", 123456, true, null, 12345, {"c": "\u0061-secret "}]}""")));
    }

    [Fact]
    public void Json_that_is_deep_or_no_valid_text_is_scrubbed_too()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 300)) + "\"a-secret \\ud800\"" + new string(']', 300);
        var clean = With("a-secret").Apply(JsonElement.Parse(deep, new JsonDocumentOptions { MaxDepth = 400 })).GetRawText();
        Assert.Contains("\"*** ", clean, StringComparison.Ordinal);
        Assert.Equal(300, clean.Count(c => c == '['));
    }

    [Theory]
    [InlineData("text a-long-sec", "text ***")]
    [InlineData("text a-long-secret", "text ***")]
    [InlineData("text a-lo", "text a-lo")]
    [InlineData("a-long", "***")]
    public void A_secret_that_was_cut_in_half_is_found_at_the_end(string text, string expected) => Assert.Equal(expected, With("a-long-secret").ApplyToStart(text));

    [Fact]
    public void A_headers_secret_is_known_with_its_scheme_and_without()
    {
        var secrets = new SecretScrubber();
        secrets.AddHeader("Bearer some-token");
        Assert.Equal("*** and ***", secrets.Apply("Bearer some-token and some-token"));
    }

    [Fact]
    public void What_is_almost_nothing_is_not_looked_for()
    {
        var secrets = With("12345");
        Assert.True(secrets.IsEmpty);
        Assert.Equal("12345", secrets.Apply("12345"));
    }

    [Fact]
    public void An_exception_keeps_its_type_and_stack_and_loses_the_secret()
    {
        Exception thrown;
        try
        {
            throw new InvalidOperationException("outer a-secret", new ArgumentException("inner a-secret"));
        }
        catch (InvalidOperationException e)
        {
            thrown = With("a-secret").Apply((Exception)e);
        }
        Assert.DoesNotContain("a-secret", thrown.ToString() + thrown.Message + thrown.InnerException, StringComparison.Ordinal);
        Assert.Contains(nameof(InvalidOperationException), thrown.ToString(), StringComparison.Ordinal);
        Assert.Contains(nameof(An_exception_keeps_its_type_and_stack_and_loses_the_secret), thrown.StackTrace, StringComparison.Ordinal);
    }

    private static SecretScrubber With(string secret)
    {
        var secrets = new SecretScrubber();
        secrets.Add(secret);
        return secrets;
    }
}
