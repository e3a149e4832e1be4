using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Sos.Workflows.Expressions.Binding;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions;

/// <summary>
/// A compiled CEL expression: parsed once, evaluated any number of times, from any number of threads at once.
/// </summary>
public sealed class CelExpression
{
    private readonly Expr _syntax;
    private readonly Node _root;
    private readonly int _localCount;

    private CelExpression(string source, Expr syntax, BoundExpression bound)
    {
        Source = source;
        _syntax = syntax;
        _root = bound.Root;
        _localCount = bound.LocalCount;
        References = bound.References;
        Problems = bound.Problems;
        UsesClock = bound.UsesClock;
    }

    /// <summary>The text as given.</summary>
    public string Source { get; }

    /// <summary>The variables that the expression reads, in the order of the text; a macro's own variables are not among them.</summary>
    public IReadOnlyList<CelReference> References { get; }

    /// <summary>
    /// What can be seen to be wrong without evaluating: unknown functions, wrong numbers of arguments, constant
    /// patterns that are not RE2. CEL calls these errors of evaluation, so that <c>f() || true</c> is true; who saves
    /// an expression for later should refuse them.
    /// </summary>
    public IReadOnlyList<CelError> Problems { get; }

    /// <summary>Whether the expression calls <c>now()</c>.</summary>
    internal bool UsesClock { get; }

    internal Expr Syntax => _syntax;

    /// <summary>Compiles <paramref name="source"/>.</summary>
    /// <exception cref="CelException">The source is not a CEL expression or exceeds <paramref name="limits"/>.</exception>
    public static CelExpression Parse(string source, CelLimits? limits = null) =>
        TryParse(source, limits, out var expression, out var error) ? expression : throw new CelException(error);

    /// <summary>Compiles <paramref name="source"/>, or tells what is wrong with it.</summary>
    public static bool TryParse(
        string source,
        CelLimits? limits,
        [NotNullWhen(true)] out CelExpression? expression,
        [NotNullWhen(false)] out CelError? error)
    {
        ArgumentNullException.ThrowIfNull(source);
        limits ??= CelLimits.Default;
        try
        {
            var syntax = Parser.Parse(source, limits);
            expression = new CelExpression(source, syntax, Binder.Bind(syntax, source, limits));
            error = null;
            return true;
        }
        catch (SyntaxException mistake)
        {
            expression = null;
            error = CelError.At(source, mistake.Position, mistake.Code, mistake.Message);
            return false;
        }
    }

    /// <summary>Evaluates the expression.</summary>
    /// <exception cref="CelException">The expression has no value for these variables, or exceeds a limit.</exception>
    /// <exception cref="OperationCanceledException">The context's token was cancelled.</exception>
    public CelValue Evaluate(ICelVariables variables, CelContext context)
    {
        var budget = context.Limits.MaxCost;
        return Evaluate(variables, context, ref budget);
    }

    /// <summary>Evaluates the expression on a budget that several expressions share.</summary>
    internal CelValue Evaluate(ICelVariables variables, CelContext context, ref long budget)
    {
        var state = new EvaluationState(variables, context, Source, _localCount, budget);
        CelValue value;
        try
        {
            value = _root.Evaluate(ref state);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new CelException(CelError.At(Source, 0, CelErrorCodes.Limit, "A regular expression takes too long for this text."));
        }

        budget = state.Budget;
        return value.IsError ? throw value.ErrorInfo.ToException(Source) : value;
    }

    /// <summary>The expression in a uniform notation, which parses back to the same tree.</summary>
    public override string ToString() => Printer.Print(_syntax);
}
