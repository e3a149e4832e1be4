namespace Sos.Workflows.Expressions;

/// <summary>A use of a variable, with the fields that are selected from it.</summary>
/// <param name="Path">
/// The variable's name, then the fields that follow from the text alone: <c>steps.fetch["body"][i].x</c> has
/// <c>steps</c>, <c>fetch</c>, <c>body</c>.
/// </param>
/// <param name="Position">0-based offset of the variable's name in the source, in UTF-16 code units.</param>
/// <param name="Length">Length of the path's text in the source, in UTF-16 code units.</param>
/// <param name="IsOptional">
/// Whether a missing last field is not an error here, as in <c>has(steps.fetch.body)</c> or <c>steps.?fetch</c>.
/// </param>
public sealed record CelReference(IReadOnlyList<string> Path, int Position, int Length, bool IsOptional)
{
    /// <summary>The variable's name.</summary>
    public string Root => Path[0];

    /// <summary>The path with dots, such as <c>steps.fetch.body</c>.</summary>
    public override string ToString() => string.Join('.', Path);

    /// <inheritdoc/>
    public bool Equals(CelReference? other) =>
        other is not null && Position == other.Position && Length == other.Length && IsOptional == other.IsOptional
        && Path.SequenceEqual(other.Path, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Position, Length, IsOptional, Path.Count, Root);
}
