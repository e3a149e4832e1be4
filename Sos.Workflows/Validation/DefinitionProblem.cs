using System.Diagnostics.CodeAnalysis;
using Sos.Workflows.Definitions;

namespace Sos.Workflows.Validation;

/// <summary>What is wrong with a workflow definition, and where.</summary>
/// <param name="Pointer">A JSON pointer into the definition, such as <c>/nodes/3/config/url</c>; empty for the whole.</param>
/// <param name="Code">One of <see cref="ProblemCodes"/>, of <see cref="Json.JsonProblemCodes"/>, or of a node type's own; stable, for programs.</param>
/// <param name="Message">A sentence that says what is wrong and what to do.</param>
public sealed record DefinitionProblem(string Pointer, string Code, string Message);

/// <summary>A definition as far as it could be read, with everything that is wrong with it.</summary>
/// <param name="Definition">The definition; null when its structure is broken.</param>
/// <param name="Problems">In the order of the document, at most <see cref="DefinitionLimits.Problems"/>.</param>
public sealed record CheckedDefinition(WorkflowDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems)
{
    /// <summary>Whether the definition can be saved and run.</summary>
    [MemberNotNullWhen(true, nameof(Definition))]
    public bool IsValid => Definition is not null && Problems.Count == 0;
}
