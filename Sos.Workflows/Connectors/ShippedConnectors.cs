using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Sos.Workflows.Connectors;

/// <summary>The connectors that SOS comes with: the manifests in <c>Shipped/</c>, read when they are first asked for.</summary>
public static class ShippedConnectors
{
    private const string Prefix = "connectors/";
    private static readonly ConcurrentDictionary<string, ConnectorManifest> Read = new(StringComparer.Ordinal);

    /// <summary>Their ids.</summary>
    public static FrozenSet<string> Ids { get; } = typeof(ShippedConnectors).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(n => n[Prefix.Length..]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Finds one by its id; null where there is none.</summary>
    public static ConnectorManifest? Find(string id) => Ids.Contains(id) ? Read.GetOrAdd(id, Load) : null;

    /// <summary>The text of one as it was written.</summary>
    internal static string Text(string id)
    {
        using var stream = typeof(ShippedConnectors).Assembly.GetManifestResourceStream(Prefix + id)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static ConnectorManifest Load(string id)
    {
        var manifest = ManifestReader.Read(Text(id), out var problems)
            ?? throw new InvalidOperationException($"The connector '{id}' that SOS comes with is broken. {string.Join(' ', problems.Select(p => $"{p.Pointer}: {p.Message}"))}");
        return manifest.Id == id ? manifest : throw new InvalidOperationException($"The connector '{id}' that SOS comes with says that it is '{manifest.Id}'.");
    }
}
