using System.Text.RegularExpressions;

namespace Sos.Executors.Connectors.Http;

/// <summary>Reads <c>Link</c> headers (RFC 8288 §3).</summary>
internal static partial class LinkHeader
{
    /// <summary>The target of the link whose relation is <c>next</c>; null where there is none.</summary>
    public static string? Next(string? header)
    {
        foreach (Match link in Link().Matches(header ?? ""))
        {
            foreach (Match parameter in Parameter().Matches(link.Groups["parameters"].Value))
            {
                var value = parameter.Groups["quoted"].Success ? parameter.Groups["quoted"].Value : parameter.Groups["token"].Value;
                if (parameter.Groups["name"].Value.Equals("rel", StringComparison.OrdinalIgnoreCase)
                    && value.Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase))
                {
                    return link.Groups["target"].Value.Trim();
                }
            }
        }
        return null;
    }

    [GeneratedRegex("""<(?<target>[^<>]*)>(?<parameters>(?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex("""(?<name>[^\s;,="]+)\s*=\s*(?:"(?<quoted>[^"]*)"|(?<token>[^\s;,"]*))""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Parameter();
}
