using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Validation;

namespace Sos.Api.Workflows;

/// <summary>Reads definitions from request bodies, in the product's shape or in React Flow's.</summary>
internal sealed class DefinitionInput(WorkflowValidator validator)
{
    /// <summary>Checks a definition.</summary>
    public CheckedDefinition Check(ReadOnlySpan<byte> body) => validator.Validate(body);

    /// <summary>Checks a definition and gives it, or refuses the request with everything that is wrong.</summary>
    public Sos.Workflows.Definitions.WorkflowDefinition Accept(ReadOnlySpan<byte> body)
    {
        var read = Check(body);
        if (read.IsValid)
            return read.Definition;
        var count = read.Problems.Count;
        throw ProblemCatalog.Invalid(
            "invalid_definition",
            count == 1 ? $"The definition can't be saved: {read.Problems[0].Message}" : $"The definition can't be saved: {count} things are wrong with it.",
            [.. read.Problems.Select(p => new JsonProblem(p.Pointer, p.Code, p.Message))]);
    }
}
