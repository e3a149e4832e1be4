using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Binding;

/// <summary>An expression ready to evaluate, with what is known about it beforehand.</summary>
internal sealed record BoundExpression(
    Node Root,
    int LocalCount,
    IReadOnlyList<CelReference> References,
    IReadOnlyList<CelError> Problems,
    bool UsesClock);
