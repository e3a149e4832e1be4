using Sos.Executors.Models.Content;

namespace Sos.Executors.Tests.Models;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("use sk-proj-abcdefghijklmnop1234 now", "use *** now")]
    [InlineData("sk-ant-api03-abcdefghijklmnop_12-34", "***")]
    [InlineData("gsk_abcdefghijklmnopqrst, xai-abcdefghijklmnopqrst", "***, ***")]
    [InlineData("AKIAABCDEFGHIJKLMNOP", "***")]
    [InlineData("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "***")]
    [InlineData("xoxb-1234567890-abcdef", "***")]
    [InlineData("Authorization: Bearer abcdefghijklmnop.qrst", "Authorization: Bearer ***")]
    [InlineData("postgres://sos:hunter2@db/sos", "postgres://sos:***@db/sos")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlMTIz", "***")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "***")]
    [InlineData("the own-secret-value here", "the *** here")]
    public void Secrets_are_blotted_out(string text, string expected) => Assert.Equal(expected, new Redactor("own-secret-value").Apply(text));

    [Theory]
    [InlineData("a risk-based approach to task-oriented work")]
    [InlineData("https://example.com:8080/path@2x and a bearer of news")]
    [InlineData("sk-short, AKIA, eyJ, -----BEGIN CERTIFICATE-----")]
    public void Innocent_text_is_left_alone(string text) => Assert.Equal(text, new Redactor(null, "", "abc").Apply(text));

    [Fact]
    public void What_is_cut_is_redacted_before_and_never_in_the_middle_of_a_character()
    {
        var redactor = new Redactor();
        Assert.Equal("key …", redactor.Shorten("key sk-abcdefghijklmnop1234", 5));
        Assert.Equal("a…", redactor.Shorten("a😀😀", 3));
    }
}
