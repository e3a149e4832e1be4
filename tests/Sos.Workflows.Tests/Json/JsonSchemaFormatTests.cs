using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

public sealed class JsonSchemaFormatTests
{
    [Theory]
    [InlineData("date-time", "2026-02-28T13:05:00Z")]
    [InlineData("date-time", "2026-02-28t13:05:00.123456789+05:30")]
    [InlineData("date-time", "1998-12-31T23:59:60Z")]
    [InlineData("date-time", "1998-12-31T15:59:60-08:00")]
    [InlineData("date", "2024-02-29")]
    [InlineData("time", "23:59:59+00:00")]
    [InlineData("duration", "P1Y2M3DT4H5M6S")]
    [InlineData("duration", "PT20S")]
    [InlineData("duration", "P2W")]
    [InlineData("email", "first.last+tag@mail.example.com")]
    [InlineData("uri", "https://example.com/a?b=%20#c")]
    [InlineData("uri", "urn:isbn:0451450523")]
    [InlineData("uuid", "0198c5a0-7A3E-7c11-9b1e-3f6a52c0d1e2")]
    [InlineData("ipv4", "192.0.2.1")]
    [InlineData("ipv6", "2001:db8::1")]
    [InlineData("ipv6", "::ffff:192.0.2.1")]
    [InlineData("sos-duration", "250ms")]
    [InlineData("a-format-nobody-knows", "anything")]
    public void Accepts(string format, string text) => Assert.Empty(Evaluate(format, text));

    [Theory]
    [InlineData("date-time", "2026-02-30T13:05:00Z")]
    [InlineData("date-time", "2026-02-28 13:05:00Z")]
    [InlineData("date-time", "2026-02-28T13:05:00")]
    [InlineData("date-time", "1998-12-31T22:59:60Z")]
    [InlineData("date", "2023-02-29")]
    [InlineData("date", "2023-2-9")]
    [InlineData("time", "24:00:00Z")]
    [InlineData("time", "12:00:00+24:00")]
    [InlineData("duration", "P")]
    [InlineData("duration", "PT")]
    [InlineData("duration", "P1Y2D")]
    [InlineData("duration", "P1D2W")]
    [InlineData("duration", "20s")]
    [InlineData("email", "nobody")]
    [InlineData("email", "a..b@example.com")]
    [InlineData("uri", "/relative")]
    [InlineData("uri", "https://example.com/ä")]
    [InlineData("uri", "https://example.com/%zz")]
    [InlineData("uri", "https://example.com/\n")]
    [InlineData("uuid", "0198c5a07a3e7c119b1e3f6a52c0d1e2")]
    [InlineData("ipv4", "192.0.2.01")]
    [InlineData("ipv4", "127.1")]
    [InlineData("ipv6", "12345::")]
    [InlineData("ipv6", "::1%eth0")]
    [InlineData("sos-duration", "4000d")]
    [InlineData("sos-duration", "20 s")]
    public void Refuses(string format, string text) => Assert.Equal("invalid_format", Assert.Single(Evaluate(format, text)).Code);

    private static IReadOnlyList<JsonProblem> Evaluate(string format, string text) =>
        JsonSchema.FromText($$"""{ "format": "{{format}}" }""").Evaluate(JsonSerializer.SerializeToElement(text)).Errors;
}
