using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Workflows.Definitions.Import;

/// <summary>Gives imported nodes ids that definitions allow, the same ones wherever they can be.</summary>
internal sealed partial class NodeIds(IEnumerable<string> originals)
{
    private const int MaxLength = 64;

    private readonly HashSet<string> taken = originals.Where(id => Valid.IsMatch(id)).ToHashSet(StringComparer.Ordinal);

    /// <summary>New ids by the document's; a second node with the same id stays a duplicate, which validation reports.</summary>
    public Dictionary<string, string> ByOriginal { get; } = new(StringComparer.Ordinal);

    public string Add(string original, string pointer, List<ImportWarning> warnings)
    {
        if (ByOriginal.TryGetValue(original, out var known))
            return known;
        if (Valid.IsMatch(original))
            return ByOriginal[original] = original;
        var id = Slug(original);
        warnings.Add(new(pointer + "/id", "node_renamed", $"'{original}' can't be a node's id, so it became '{id}'. Edges follow; expressions that name it do not."));
        return ByOriginal[original] = id;
    }

    private string Slug(string original)
    {
        var slug = NotAllowed.Replace(original.Trim(), "-").Trim('-');
        if (slug.Length == 0 || !char.IsAsciiLetter(slug[0]))
            slug = $"node-{slug}".TrimEnd('-');
        slug = slug[..Math.Min(slug.Length, MaxLength)];
        var id = slug;
        for (var i = 2; !taken.Add(id); i++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $"-{i}");
            id = slug[..Math.Min(slug.Length, MaxLength - suffix.Length)] + suffix;
        }
        return id;
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Valid { get; }

    [GeneratedRegex("[^A-Za-z0-9_-]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotAllowed { get; }
}
