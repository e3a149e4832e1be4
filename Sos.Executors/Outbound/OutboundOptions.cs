namespace Sos.Executors.Outbound;

/// <summary>What workflows may connect to: the configuration section <c>Sos:Outbound</c>.</summary>
/// <remarks>
/// Without any setting, every public address may be reached and nothing else. A rule is a network
/// (<c>10.1.0.0/16</c>), an address (<c>10.1.2.3</c>, <c>::1</c>), a host name (<c>crm.internal</c>), every name
/// below one (<c>*.internal</c>), or a name or address with a port (<c>localhost:5080</c>, <c>[::1]:5080</c>).
/// </remarks>
internal sealed class OutboundOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sos:Outbound";

    /// <summary>Rules for what may be reached although it is not public.</summary>
    public IList<string> Allow { get; init; } = [];

    /// <summary>Rules for what may not be reached, whatever <see cref="Allow"/> says.</summary>
    public IList<string> Deny { get; init; } = [];

    /// <summary>
    /// The address of a proxy that requests go through, such as <c>http://proxy.internal:3128</c>, with <c>user:password@</c>
    /// where it asks for them; null for none. It must allow <c>CONNECT</c> to the ports that workflows use.
    /// </summary>
    public string? Proxy { get; init; }

    /// <summary>Rules for what is reached directly, without <see cref="Proxy"/>.</summary>
    public IList<string> NoProxy { get; init; } = [];

    /// <summary>
    /// Whether the proxy is told names and resolves them. Then it alone decides which addresses names lead to: only rules
    /// for names and for addresses that are written out hold here.
    /// </summary>
    public bool ProxyResolvesNames { get; init; }
}
