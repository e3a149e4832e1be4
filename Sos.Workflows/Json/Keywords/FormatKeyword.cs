using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Workflows.Definitions;

namespace Sos.Workflows.Json.Keywords;

/// <summary>
/// <c>format</c>: <c>date-time</c>, <c>date</c>, <c>time</c> (RFC 3339), <c>duration</c> (ISO 8601), <c>email</c>,
/// <c>uri</c>, <c>uuid</c>, <c>ipv4</c>, <c>ipv6</c>, and <c>sos-duration</c> for durations such as <c>20s</c>. Other formats are not checked.
/// </summary>
internal sealed partial class FormatKeyword : Keyword
{
    private static readonly FrozenDictionary<string, FormatKeyword> Formats = new FormatKeyword[]
    {
        new("date-time", "a date and time such as \"2026-01-31T13:05:00Z\"", IsDateTime),
        new("date", "a date such as \"2026-01-31\"", IsDate),
        new("time", "a time such as \"13:05:00Z\"", IsTime),
        new("duration", "an ISO 8601 duration such as \"PT20S\" or \"P1DT2H\"", text => IsoDuration.IsMatch(text)),
        new("email", "an e-mail address", text => text.Length <= 320 && Email.IsMatch(text)),
        new("uri", "a URI such as \"https://example.com/path\"", IsUri),
        new("uuid", "a UUID such as \"0198c5a0-7a3e-7c11-9b1e-3f6a52c0d1e2\"", text => text.Length == 36 && Guid.TryParseExact(text, "D", out _)),
        new("ipv4", "an IPv4 address such as \"192.0.2.1\"", IsIPv4),
        new("ipv6", "an IPv6 address such as \"2001:db8::1\"", IsIPv6),
        new("sos-duration", Duration.Expected, text => Duration.TryParse(text, out _)),
    }.ToFrozenDictionary(f => f.name);

    private readonly string name;
    private readonly string expected;
    private readonly Func<string, bool> accepts;

    private FormatKeyword(string name, string expected, Func<string, bool> accepts) =>
        (this.name, this.expected, this.accepts) = (name, expected, accepts);

    public static Keyword? Compile(KeywordSource source) =>
        source.Value.ValueKind != JsonValueKind.String ? source.Invalid("a string")
        : Formats.GetValueOrDefault(source.Value.GetString()!);

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.String)
            return true;
        var text = instance.GetString()!;
        return evaluation.IsUnknownText(text) || accepts(text) || evaluation.Fail(JsonProblemCodes.InvalidFormat, expected, instance);
    }

    private static bool IsDate(string text) =>
        text.Length == 10 && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsDateTime(string text) =>
        text.Length > 11 && text[10] is 'T' or 't' && IsDate(text[..10]) && IsTime(text[11..]);

    // RFC 3339 allows a leap second where UTC has one: in the last minute of a day.
    private static bool IsTime(string text)
    {
        var match = Time.Match(text);
        if (!match.Success)
            return false;
        int hour = Number("hour"), minute = Number("minute"), second = Number("second"), offsetHour = Number("offsetHour"), offsetMinute = Number("offsetMinute");
        if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59)
            return false;
        if (second < 60)
            return true;
        var offset = (offsetHour * 60 + offsetMinute) * (match.Groups["sign"].ValueSpan is "-" ? -1 : 1);
        return ((hour * 60 + minute - offset) % 1440 + 1440) % 1440 == 1439;

        int Number(string group) => match.Groups[group] is { Success: true } found ? int.Parse(found.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
    }

    private static bool IsUri(string text) => UriCharacters.IsMatch(text) && Uri.TryCreate(text, UriKind.Absolute, out _);

    // .NET also reads "127.1", "0x7f000001" and leading zeros, which are other addresses to other programs.
    private static bool IsIPv4(string text) => text.Split('.') is { Length: 4 } parts && parts.All(part =>
        part.Length is >= 1 and <= 3 && (part.Length == 1 || part[0] != '0')
        && byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static bool IsIPv6(string text) =>
        text.AsSpan().IndexOfAny('%', '[', '/') < 0 && text.Contains(':')
        && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
        && (text.LastIndexOf(':') is var colon && (!text.Contains('.') || IsIPv4(text[(colon + 1)..])));

    [GeneratedRegex(@"^(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(\.[0-9]+)?([Zz]|(?<sign>[+-])(?<offsetHour>[0-9]{2}):(?<offsetMinute>[0-9]{2}))\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Time { get; }

    // RFC 3339, appendix A: units follow one another without gaps, and weeks stand alone.
    [GeneratedRegex(@"^P([0-9]+W|(?=[0-9T])([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)?(T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S))?)\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex IsoDuration { get; }

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Email { get; }

    // RFC 3986's characters, with every % the start of two hexadecimal digits.
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex UriCharacters { get; }
}
