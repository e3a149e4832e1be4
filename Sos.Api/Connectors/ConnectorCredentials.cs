using System.Text.RegularExpressions;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Store;

namespace Sos.Api.Connectors;

/// <summary>Which credentials of a workspace go with a connector: of a type that it takes, and allowed where its API is.</summary>
internal static partial class ConnectorCredentials
{
    /// <summary>Those that go with a connector in any of its ways.</summary>
    public static IEnumerable<StoredCredential> Of(ConnectorManifest connector, IEnumerable<StoredCredential> credentials)
    {
        var ways = ConnectorSummary.AuthOf(connector).ToList();
        return credentials.Where(c => ways.Exists(way => Fits(connector, way, c)));
    }

    /// <summary>Whether a credential goes with a connector in one of its ways.</summary>
    public static bool Fits(ConnectorManifest connector, ConnectorAuth way, StoredCredential credential) =>
        credential.Type == way.Type && way.Secrets.All(credential.SecretNames.Contains) && IsAllowed(connector, credential);

    /// <summary>Where a connector's API is, as a credential's allowed hosts write it; empty where a node's settings decide.</summary>
    public static IReadOnlyList<string> HostsOf(ConnectorManifest connector) =>
        [.. Addresses(connector).Where(a => !a.Contains('{', StringComparison.Ordinal))
            .Select(a => Uri.TryCreate(a, UriKind.Absolute, out var url) ? $"{(url.Scheme == "https" ? "" : url.Scheme + "://")}{url.Authority}" : null)
            .OfType<string>().Distinct(StringComparer.Ordinal)];

    private static bool IsAllowed(ConnectorManifest connector, StoredCredential credential)
    {
        var addresses = Addresses(connector).ToList();
        return addresses.Count == 0 || credential.AllowedHosts.Any(h => AllowedHost.TryParse(h, out var host) && addresses.Exists(a => Includes(host, a)));
    }

    // With what a node's settings are where it does not say them.
    private static IEnumerable<string> Addresses(ConnectorManifest connector) =>
        connector.Providers.Select(p => p.BaseUrl).Prepend(connector.BaseUrl).OfType<string>()
            .Select(a => Setting().Replace(a, found => connector.Settings.GetValueOrDefault(found.Value[1..^1])?.Default ?? found.Value));

    // A setting may stand for a part of the name, for all of it, or for the whole address.
    private static bool Includes(AllowedHost host, string address)
    {
        if (address.StartsWith('{'))
            return true;
        if (Uri.TryCreate(Setting().Replace(address, "x"), UriKind.Absolute, out var url) && host.Includes(url))
            return true;
        var authority = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/')[0];
        var pattern = string.Join("[^/]+", Setting().Split(authority).Select(Regex.Escape));
        return url?.Scheme == host.Scheme && authority.Contains('{', StringComparison.Ordinal)
            && Regex.IsMatch(host.Host, $"^{pattern}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Setting();
}
