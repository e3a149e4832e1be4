using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sos.Workflows.Credentials;

/// <summary>
/// Where a credential may be sent: <c>api.example.com</c> (https on port 443), <c>*.example.com</c> (every name below
/// it), <c>api.example.com:8443</c>, or <c>http://crm.internal:8080</c> for a service without TLS.
/// </summary>
public sealed record AllowedHost
{
    private static readonly string[] Schemes = ["https", "http", "postgres"];

    private AllowedHost(string scheme, string host, int port, bool below) =>
        (Scheme, Host, Port, IsBelow) = (scheme, host, port, below);

    /// <summary><c>https</c>, <c>http</c> or <c>postgres</c>.</summary>
    public string Scheme { get; }

    /// <summary>The host in small letters, international names in ASCII; without the <c>*.</c>.</summary>
    public string Host { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>Whether every name below the host is meant, and not the host itself.</summary>
    public bool IsBelow { get; }

    /// <summary>Reads an entry.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AllowedHost? allowed)
    {
        allowed = null;
        text = text?.Trim() ?? "";
        var scheme = Schemes.FirstOrDefault(s => text.StartsWith(s + "://", StringComparison.OrdinalIgnoreCase));
        var rest = scheme is null ? text : text[(scheme.Length + 3)..];
        var below = rest.StartsWith("*.", StringComparison.Ordinal);
        rest = below ? rest[2..] : rest;
        if (rest.Length is 0 or > 300 || rest.AsSpan().IndexOfAny("/\\?#@* ") >= 0
            || !Uri.TryCreate($"{scheme ?? "https"}://{rest}/", UriKind.Absolute, out var url) || HostOf(url).Length == 0 || url.Port is < 1)
        {
            return false;
        }
        // Every name below "com", or below an address, is nobody's to allow.
        if (below && (url.HostNameType != UriHostNameType.Dns || !url.IdnHost.Trim('.').Contains('.', StringComparison.Ordinal)))
            return false;
        allowed = new AllowedHost(url.Scheme, HostOf(url), url.Port, below);
        return true;
    }

    /// <summary>Whether an address is meant.</summary>
    public bool Includes(Uri url) => url.Scheme == Scheme && url.Port == Port
        && (IsBelow ? HostOf(url).EndsWith("." + Host, StringComparison.Ordinal) : HostOf(url) == Host);

    /// <summary>The entry as it is stored and shown.</summary>
    public override string ToString()
    {
        var usual = (Scheme, Port) is ("https", 443) or ("http", 80);
        return $"{(Scheme == "https" ? "" : Scheme + "://")}{(IsBelow ? "*." : "")}{Host}{(usual ? "" : string.Create(CultureInfo.InvariantCulture, $":{Port}"))}";
    }

    // A name's final dot says only that it is absolute.
    private static string HostOf(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        return host.TrimEnd('.').ToLowerInvariant();
    }
}
