using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Sos.Executors.Outbound;

/// <summary>
/// Which addresses are not the public internet, after IANA's special-purpose address registries
/// (RFC 6890 and its updates) and the clouds' documentation.
/// </summary>
internal static class ReservedAddresses
{
    /// <summary>Whether a name leads to the machine that resolves it, or to its credentials, wherever that is; in lower case.</summary>
    public static bool IsReservedName(string name) =>
        name is "localhost" or "metadata.google.internal" or "metadata.goog" || name.EndsWith(".localhost", StringComparison.Ordinal);

    private static readonly (IPNetwork Network, string What)[] V4 =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "an unspecified address"),
        (IPNetwork.Parse("10.0.0.0/8"), "a private address"),
        (IPNetwork.Parse("100.64.0.0/10"), "a carrier's shared address"),
        (IPNetwork.Parse("127.0.0.0/8"), "a loopback address"),
        (IPNetwork.Parse("168.63.129.16/32"), "a cloud's metadata address"),
        (IPNetwork.Parse("169.254.0.0/16"), "a link-local address"),
        (IPNetwork.Parse("172.16.0.0/12"), "a private address"),
        (IPNetwork.Parse("192.0.0.0/24"), "an address reserved for protocols"),
        (IPNetwork.Parse("192.0.2.0/24"), "an address for documentation"),
        (IPNetwork.Parse("192.88.99.0/24"), "a reserved address"),
        (IPNetwork.Parse("192.168.0.0/16"), "a private address"),
        (IPNetwork.Parse("198.18.0.0/15"), "an address for benchmarks"),
        (IPNetwork.Parse("198.51.100.0/24"), "an address for documentation"),
        (IPNetwork.Parse("203.0.113.0/24"), "an address for documentation"),
        (IPNetwork.Parse("224.0.0.0/4"), "a multicast address"),
        (IPNetwork.Parse("255.255.255.255/32"), "the broadcast address"),
        (IPNetwork.Parse("240.0.0.0/4"), "a reserved address"),
    ];

    private static readonly (IPNetwork Network, string What)[] V6 =
    [
        (IPNetwork.Parse("::/128"), "the unspecified address"),
        (IPNetwork.Parse("::1/128"), "the loopback address"),
        (IPNetwork.Parse("fe80::/10"), "a link-local address"),
        (IPNetwork.Parse("fec0::/10"), "a site-local address"),
        (IPNetwork.Parse("fc00::/7"), "a private (unique local) address"),
        (IPNetwork.Parse("ff00::/8"), "a multicast address"),
        (IPNetwork.Parse("2001:db8::/32"), "an address for documentation"),
        (IPNetwork.Parse("3fff::/20"), "an address for documentation"),
        (IPNetwork.Parse("2001:2::/48"), "an address for benchmarks"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");
    private static readonly IPNetwork Protocols = IPNetwork.Parse("2001::/23");

    // 169.254.169.254 AWS, Azure, GCP and most others; .170.2 and .170.23 AWS containers; 100.100.100.200 Alibaba;
    // 192.0.0.192 Oracle; 168.63.129.16 Azure's host; fd00:ec2:: AWS; fd20:ce:: GCP.
    private static readonly HashSet<IPAddress> Metadata =
    [
        IPAddress.Parse("169.254.169.254"), IPAddress.Parse("169.254.170.2"), IPAddress.Parse("169.254.170.23"),
        IPAddress.Parse("100.100.100.200"), IPAddress.Parse("192.0.0.192"), IPAddress.Parse("168.63.129.16"),
        IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("fd00:ec2::23"), IPAddress.Parse("fd20:ce::254"),
    ];

    /// <summary>What the address is (“a private address”), or null for a public one.</summary>
    public static string? Describe(IPAddress address)
    {
        if (IsMetadata(address))
            return "a cloud's metadata address";
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return Find(V4, address);
        if (Find(V6, address) is { } reserved)
            return reserved;
        foreach (var inner in Embedded(address))
        {
            if (Describe(inner) is { } what)
                return $"{what}, {inner}, in IPv6 form";
        }
        // Whatever is not global unicast is unassigned or special; of the protocol block only Teredo carries traffic.
        return Nat64.Contains(address) || Teredo.Contains(address)
            || (GlobalUnicast.Contains(address) && !Protocols.Contains(address))
            ? null
            : "a reserved address";
    }

    /// <summary>Whether a cloud serves its machines' credentials there.</summary>
    public static bool IsMetadata(IPAddress address) => Metadata.Contains(address) || Embedded(address).Any(Metadata.Contains);

    /// <summary>The IPv4 addresses that an IPv6 address stands for: NAT64, 6to4, Teredo, ISATAP, IPv4-mapped, -compatible and -translated.</summary>
    public static IEnumerable<IPAddress> Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return [];
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address) || bytes.AsSpan(0, 8).IndexOfAnyExcept((byte)0) < 0)
            return address.Equals(IPAddress.IPv6Loopback) || address.Equals(IPAddress.IPv6Any) ? [] : [V4At(bytes, 12)];
        if (SixToFour.Contains(address))
            return [V4At(bytes, 2)];
        if (Teredo.Contains(address))
            return [V4At(bytes, 4), new IPAddress(~BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12)) & 0xFFFFFFFFL)];
        var isatap = bytes[8] is 0 or 2 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
        return isatap ? [V4At(bytes, 12)] : [];
    }

    private static IPAddress V4At(byte[] bytes, int offset) => new(bytes.AsSpan(offset, 4));

    private static string? Find((IPNetwork Network, string What)[] ranges, IPAddress address)
    {
        foreach (var (network, what) in ranges)
        {
            if (network.Contains(address))
                return what;
        }
        return null;
    }
}
