using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Executors.Nodes;

/// <summary>Timestamps as configs write them: RFC 3339, with a time zone, such as <c>2026-11-05T09:00:00Z</c>.</summary>
internal static partial class Rfc3339
{
    /// <summary>What a timestamp must look like, for error messages.</summary>
    public const string Expected = "an RFC 3339 timestamp with a time zone, such as 2026-11-05T09:00:00Z or 2026-11-05T10:00:00+01:00";

    /// <summary>Reads a timestamp as UTC.</summary>
    public static bool TryParse(string text, out DateTimeOffset timestamp)
    {
        timestamp = default;
        return Shape().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out timestamp);
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Shape();
}
