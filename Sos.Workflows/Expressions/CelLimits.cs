namespace Sos.Workflows.Expressions;

/// <summary>Bounds on an expression's size and on what evaluating it may take.</summary>
public sealed record CelLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static CelLimits Default { get; } = new();

    /// <summary>Longest source, in UTF-16 code units.</summary>
    /// <value>16,384.</value>
    public int MaxSourceLength { get; init; } = 16_384;

    /// <summary>Deepest nesting of an expression's tree. The specification asks for at least 32.</summary>
    /// <value>200; values above 500 are treated as 500.</value>
    public int MaxNesting { get; init; } = 200;

    /// <summary>
    /// Highest cost of one evaluation: one per operation, plus a share of the size of what the operation reads or
    /// makes (a tenth per character, one per list element), after the specification's time complexity.
    /// </summary>
    /// <value>2,000,000, reached after tenths of a second.</value>
    public long MaxCost { get; init; } = 2_000_000;

    /// <summary>Largest string, byte sequence or JSON text that an evaluation may make, in bytes of UTF-8.</summary>
    /// <value>8 MiB.</value>
    public long MaxResultBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Longest regular expression, in UTF-16 code units.</summary>
    /// <value>1,000.</value>
    public int MaxPatternLength { get; init; } = 1_000;
}
