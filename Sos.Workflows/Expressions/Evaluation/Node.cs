namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>A part of a compiled expression. Immutable; errors come back as values.</summary>
internal abstract class Node(int position)
{
    /// <summary>Where an error of this part is reported.</summary>
    internal int Position { get; } = position;

    internal abstract CelValue Evaluate(ref EvaluationState state);
}
