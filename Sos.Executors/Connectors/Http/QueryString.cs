using Sos.Executors.Outbound;

namespace Sos.Executors.Connectors.Http;

/// <summary>Queries of URLs.</summary>
internal static class QueryString
{
    /// <summary>Pairs as a query.</summary>
    public static string Encode(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join('&', pairs.Select(p => $"{EncodeName(p.Key)}={Uri.EscapeDataString(p.Value)}"));

    /// <summary>A URL with pairs added to its query.</summary>
    /// <exception cref="ConnectorException">It would be too long.</exception>
    public static Uri Add(Uri url, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0)
            return url;
        var own = url.Query.TrimStart('?');
        var whole = new UriBuilder(url) { Query = own.Length == 0 ? Encode(pairs) : own + "&" + Encode(pairs) }.Uri;
        return whole.AbsoluteUri.Length <= OutboundUrl.MaxLength
            ? whole
            : throw new ConnectorException("invalid_arguments", $"The URL with its query has more than {OutboundUrl.MaxLength} characters.");
    }

    /// <summary>A URL with one parameter of its query replaced, or added.</summary>
    public static Uri Replace(Uri url, string name, string value)
    {
        var prefix = EncodeName(name) + "=";
        var rest = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(p => !p.StartsWith(prefix, StringComparison.Ordinal));
        return Add(new UriBuilder(url) { Query = string.Join('&', rest) }.Uri, [new(name, value)]);
    }

    // Brackets of names are sent as vendors document them.
    private static string EncodeName(string name) =>
        Uri.EscapeDataString(name).Replace("%5B", "[", StringComparison.Ordinal).Replace("%5D", "]", StringComparison.Ordinal);
}
