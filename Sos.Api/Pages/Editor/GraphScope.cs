namespace Sos.Api.Pages.Editor;

/// <summary>Which graph of a definition is meant: the workflow's own, or the body of a node, or of a node in that body.</summary>
/// <param name="Owners">The ids of the nodes whose bodies lead to it, outermost first.</param>
internal sealed record GraphScope(IReadOnlyList<string> Owners)
{
    /// <summary>The workflow's own graph.</summary>
    public static GraphScope Workflow { get; } = new([]);

    /// <summary>The body of a node in this graph.</summary>
    public GraphScope Into(string owner) => new([.. Owners, owner]);

    /// <summary>The same graph after a node was renamed.</summary>
    public GraphScope Renamed(string from, string to) => new([.. Owners.Select(o => o == from ? to : o)]);

    /// <inheritdoc/>
    public bool Equals(GraphScope? other) => other is not null && Owners.SequenceEqual(other.Owners, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Owners.Aggregate(Owners.Count, (hash, owner) => HashCode.Combine(hash, owner.GetHashCode(StringComparison.Ordinal)));
}
