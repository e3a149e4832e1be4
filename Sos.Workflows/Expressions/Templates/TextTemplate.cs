using System.Text;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Templates;

namespace Sos.Workflows.Expressions;

/// <summary>
/// A text with expressions in it, compiled. A text that is exactly one <c>{{ expression }}</c> renders to the
/// expression's value; any other renders to a string.
/// </summary>
public sealed class TextTemplate
{
    private readonly string _text;
    private readonly Part[] _parts;

    private TextTemplate(string text, Part[] parts)
    {
        _text = text;
        _parts = parts;
        References = [.. parts.Where(part => part.Expression is not null).SelectMany(part => Shift(part))];
        UsesClock = Array.Exists(parts, part => part.Expression is { UsesClock: true });
    }

    /// <summary>Whether the text has no expression, so that it renders to the same every time.</summary>
    public bool IsConstant => !Array.Exists(_parts, part => part.Expression is not null);

    /// <summary>The variables that the expressions read; positions count in the text.</summary>
    public IReadOnlyList<CelReference> References { get; }

    internal bool UsesClock { get; }

    internal int ExpressionCount => _parts.Count(part => part.Expression is not null);

    /// <summary>Renders the text.</summary>
    /// <exception cref="TemplateException">An expression failed, or the text would be too large.</exception>
    /// <exception cref="OperationCanceledException">The context's token was cancelled.</exception>
    public CelValue Render(ICelVariables variables, CelContext context)
    {
        var budget = context.Limits.MaxCost;
        return Render(variables, context, "", ref budget);
    }

    /// <summary>Compiles a text, or reports what is wrong with it.</summary>
    internal static TextTemplate? Compile(string text, TemplateOptions options, Action<CelError> report)
    {
        var isSound = true;
        Action<CelError> note = error =>
        {
            isSound = false;
            report(error);
        };
        var parts = new List<Part>();
        foreach (var segment in TemplateScanner.Scan(text, note))
        {
            if (!segment.IsExpression)
            {
                parts.Add(new Part(segment.Literal, null, 0));
                continue;
            }

            var (start, source) = Trim(text, segment);
            if (!CelExpression.TryParse(source, options.Limits, out var expression, out var error))
            {
                note(error.In(text, start));
                continue;
            }

            foreach (var problem in expression.Problems) note(problem.In(text, start));
            parts.Add(new Part(null, expression, start));
        }

        return isSound ? new TextTemplate(text, [.. parts]) : null;
    }

    internal CelValue Render(ICelVariables variables, CelContext context, string pointer, ref long budget)
    {
        if (_parts is [{ Expression: not null } whole]) return Evaluate(whole, variables, context, pointer, ref budget);
        var result = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Expression is null) result.Append(part.Literal);
            else AppendText(result, part, Evaluate(part, variables, context, pointer, ref budget), context.Limits, pointer);
        }

        return CelValue.From(result.ToString());
    }

    private void AppendText(StringBuilder result, Part part, in CelValue value, CelLimits limits, string pointer)
    {
        try
        {
            result.Append(value.ToText(limits));
        }
        catch (CelException e)
        {
            throw new TemplateException(pointer, e.Error.In(_text, part.Start));
        }

        if (result.Length > limits.MaxResultBytes)
        {
            throw new TemplateException(
                pointer, CelError.At(_text, part.Start, CelErrorCodes.Limit, EvaluationState.TooLarge(limits.MaxResultBytes)));
        }
    }

    private CelValue Evaluate(Part part, ICelVariables variables, CelContext context, string pointer, ref long budget)
    {
        try
        {
            return part.Expression!.Evaluate(variables, context, ref budget);
        }
        catch (CelException e)
        {
            throw new TemplateException(pointer, e.Error.In(_text, part.Start));
        }
    }

    private static (int Start, string Source) Trim(string text, Segment segment)
    {
        var (start, end) = (segment.Start, segment.End);
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        return (start, text[start..end]);
    }

    private static IEnumerable<CelReference> Shift(Part part) =>
        part.Expression!.References.Select(reference => reference with { Position = reference.Position + part.Start });

    private readonly record struct Part(string? Literal, CelExpression? Expression, int Start);
}
