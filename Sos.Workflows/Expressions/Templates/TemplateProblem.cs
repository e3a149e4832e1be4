namespace Sos.Workflows.Expressions;

/// <summary>A mistake in one field of a template.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) of the field in the template; empty for the whole.</param>
/// <param name="Error">The mistake; its position counts in the field's text, of which the expression is a part.</param>
public sealed record TemplateProblem(string Pointer, CelError Error)
{
    /// <summary>The mistake with its place, such as <c>/url at 1:9: There is no variable 'inptu'.</c>.</summary>
    public override string ToString() => Pointer.Length == 0 ? $"At {Error}" : $"{Pointer} at {Error}";
}

/// <summary>A use of a variable in one field of a template.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) of the field in the template; empty for the whole.</param>
/// <param name="Reference">The use; its position counts in the field's text.</param>
public sealed record TemplateReference(string Pointer, CelReference Reference);

/// <summary>How templates are compiled.</summary>
public sealed record TemplateOptions
{
    /// <summary>The options used where none are given.</summary>
    public static TemplateOptions Default { get; } = new();

    /// <summary>Bounds of each expression.</summary>
    public CelLimits Limits { get; init; } = CelLimits.Default;

    /// <summary>Most expressions in one template.</summary>
    /// <value>5,000.</value>
    public int MaxExpressions { get; init; } = 5_000;
}

/// <summary>A template could not be compiled or rendered.</summary>
public sealed class TemplateException : Exception
{
    /// <summary>Wraps one or more problems.</summary>
    public TemplateException(IReadOnlyList<TemplateProblem> problems)
        : base(string.Join('\n', problems.Select(problem => problem.ToString()))) => Problems = problems;

    internal TemplateException(string pointer, CelError error) : this([new TemplateProblem(pointer, error)])
    {
    }

    /// <summary>All problems of the template; one, when it was rendered.</summary>
    public IReadOnlyList<TemplateProblem> Problems { get; }
}
