using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Sos.Executors.Outbound;

/// <summary>One entry of <see cref="OutboundOptions.Allow"/> or <see cref="OutboundOptions.Deny"/>, read.</summary>
internal sealed class OutboundRule
{
    private readonly string text;
    private readonly IPNetwork? network;
    private readonly string host = "";
    private readonly bool below;
    private readonly int? port;

    private OutboundRule(string text, IPNetwork network, int? port) => (this.text, this.network, this.port) = (text, network, port);

    private OutboundRule(string text, string host, bool below, int? port) =>
        (this.text, this.host, this.below, this.port) = (text, host, below, port);

    /// <summary>What a rule must look like, for error messages.</summary>
    public const string Expected =
        "a network (10.1.0.0/16), an address (10.1.2.3), a host name (crm.internal), every name below one (*.internal), or a name or address with a port (localhost:5080, [::1]:5080)";

    /// <summary>Whether the rule names this host; names are compared in lower-case ASCII form without a last dot.</summary>
    public bool CoversHost(string name, int toPort) =>
        network is null
        && (port is null || port == toPort)
        && (below ? name.EndsWith(host, StringComparison.Ordinal) : name == host);

    /// <summary>Whether the rule names this address.</summary>
    public bool CoversAddress(IPAddress address, int toPort) =>
        network is { } addresses && (port is null || port == toPort) && addresses.Contains(address);

    /// <summary>The rule as it was written.</summary>
    public override string ToString() => text;

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">It can't be read.</exception>
    public static OutboundRule Parse(string text) =>
        TryParse(text, out var rule) ? rule : throw new FormatException($"'{text}' is not {Expected}.");

    /// <summary>What is wrong with a list of rules, a sentence for each.</summary>
    public static IEnumerable<string> Problems(IEnumerable<string> rules, string list) => rules
        .Index()
        .Where(rule => !TryParse(rule.Item, out _))
        .Select(rule => $"The setting {OutboundOptions.Section}:{list}:{rule.Index} is '{rule.Item}', which is not {Expected}.");

    /// <summary>Reads a rule.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out OutboundRule? rule)
    {
        rule = null;
        text = text?.Trim() ?? "";
        if (text.Contains('/'))
        {
            if (IPNetwork.TryParse(text, out var network))
                rule = new OutboundRule(text, network, port: null);
            return rule is not null;
        }
        if (!TrySplitPort(text, out var name, out var port))
            return false;
        if (IsAddressText(name) && IPAddress.TryParse(name, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            rule = new OutboundRule(text, new IPNetwork(address, address.GetAddressBytes().Length * 8), port);
            return true;
        }
        var below = name.StartsWith("*.", StringComparison.Ordinal);
        if (!TryNormalizeName(below ? name[2..] : name, out var host))
            return false;
        rule = new OutboundRule(text, below ? "." + host : host, below, port);
        return true;
    }

    /// <summary>A host name as names are compared: lower-case, ASCII, without a last dot.</summary>
    public static bool TryNormalizeName(string name, [NotNullWhen(true)] out string? normalized)
    {
        normalized = null;
        try
        {
            var ascii = new IdnMapping { AllowUnassigned = true }.GetAscii(name.TrimEnd('.')).ToLowerInvariant();
            if (Uri.CheckHostName(ascii) == UriHostNameType.Dns)
                normalized = ascii;
        }
        catch (ArgumentException)
        {
            // Not a name in any script: the caller reports it with the text.
            return false;
        }
        return normalized is not null;
    }

    // Only the usual spellings: 2130706433 or 0x7f.1 in a rule would be a mistake rather than an address.
    private static bool IsAddressText(string text) =>
        text.Contains(':') || (text.Count(c => c == '.') == 3 && text.All(c => char.IsAsciiDigit(c) || c == '.'));

    private static bool TrySplitPort(string text, out string name, out int? port)
    {
        (name, port) = (text, null);
        string? portText;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']');
            if (end < 0 || (end < text.Length - 1 && text[end + 1] != ':'))
                return false;
            name = text[1..end];
            portText = end == text.Length - 1 ? null : text[(end + 2)..];
        }
        else if (text.Count(c => c == ':') == 1)
        {
            var colon = text.IndexOf(':');
            (name, portText) = (text[..colon], text[(colon + 1)..]);
        }
        else
        {
            return text.Length > 0;
        }
        if (portText is null)
            return name.Length > 0;
        if (!ushort.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return false;
        port = number;
        return name.Length > 0;
    }
}
