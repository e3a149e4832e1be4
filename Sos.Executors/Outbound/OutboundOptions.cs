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
}
