using System.Text.RegularExpressions;
using Sos.Executors.Outbound;

namespace Sos.Executors.Connectors.Http;

/// <summary>Fills the <c>{names}</c> of a connector's base URL and paths, so that a value can't become anything but a value.</summary>
internal static partial class UrlTemplate
{
    /// <summary>Fills a base URL. What stands in the host must be part of a host's name.</summary>
    /// <exception cref="ConnectorException">A value can't stand where it should.</exception>
    public static string FillBase(string url, Func<string, string?> value)
    {
        var authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var path = url.IndexOf('/', authority);
        path = path < 0 ? url.Length : path;
        return url[..authority] + FillHost(url[authority..path], value) + FillPath(url[path..], value);
    }

    /// <summary>Fills only the scheme and host of a base URL.</summary>
    public static Uri Origin(string url, Func<string, string?> value)
    {
        var authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var path = url.IndexOf('/', authority);
        return Parse(url[..authority] + FillHost(path < 0 ? url[authority..] : url[authority..path], value) + "/");
    }

    /// <summary>Reads what was filled.</summary>
    /// <exception cref="ConnectorException">The settings make no URL of it.</exception>
    public static Uri Parse(string url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && OutboundUrl.Problem(parsed) is null
        ? parsed
        : throw new ConnectorException("invalid_settings", "With these settings the connector's address is no URL: look at what stands in its host.");

    /// <summary>Fills a path: <c>{name}</c> is one segment or a part of it, <c>{+name}</c> may be several.</summary>
    /// <exception cref="ConnectorException">A value can't stand where it should.</exception>
    public static string FillPath(string path, Func<string, string?> value) => Placeholder().Replace(path, match =>
    {
        var name = match.Groups["name"].Value;
        var text = value(name) ?? throw Missing(name);
        var segments = match.Groups["plus"].Length > 0 ? text.Split('/') : [text];
        // Dots would lead to another path: a URL's ".." is resolved before it is sent, however it is written.
        if (text.Length == 0 || segments.Any(s => s is "." or ".." || s.Any(char.IsControl)))
            throw new ConnectorException("invalid_arguments", $"'{name}' stands in the URL's path and must not be empty, '.' or '..'.");
        return string.Join('/', segments.Select(Escape));
    });

    // RFC 3986 §3.3 lets ':' and '@' stand, and services that compare paths as they come expect them so.
    private static string Escape(string segment) =>
        Uri.EscapeDataString(segment).Replace("%3A", ":", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal);

    private static string FillHost(string host, Func<string, string?> value) => Placeholder().Replace(host, match =>
    {
        var name = match.Groups["name"].Value;
        var text = value(name) ?? throw Missing(name);
        // A port goes only where the value is the whole of it.
        return HostPart().IsMatch(text) && (match.Length == host.Length || !text.Contains(':', StringComparison.Ordinal)) ? text : throw new ConnectorException("invalid_settings", $"The setting '{name}' stands in the URL's host: letters, digits, hyphens and dots, and for a whole host a port.");
    });

    private static ConnectorException Missing(string name) => new("invalid_settings", $"The connector needs '{name}'; say it in the node's settings.");

    [GeneratedRegex(@"\{(?<plus>\+?)(?<name>[^{}/+][^{}/]*)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?$")]
    private static partial Regex HostPart();
}
