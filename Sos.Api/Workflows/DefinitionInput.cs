using System.Text.Json;
using Sos.Api.Problems;
using Sos.Workflows.Definitions;
using Sos.Workflows.Definitions.Import;
using Sos.Workflows.Json;
using Sos.Workflows.Validation;

namespace Sos.Api.Workflows;

/// <summary>Reads definitions from request bodies, in the product's shape or in React Flow's.</summary>
internal sealed class DefinitionInput(WorkflowValidator validator)
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DefinitionLimits.Nesting };

    /// <summary>Checks a definition; for one in React Flow's shape also says what could not be kept.</summary>
    public (CheckedDefinition Read, IReadOnlyList<ImportWarning>? Warnings) Check(ReadOnlySpan<byte> body)
    {
        if (!TryParse(body, out var document))
            return (validator.Validate(body), null);
        return ReactFlowImport.TryImport(document, out var imported)
            ? (validator.Validate(imported.Definition), imported.Warnings is { Count: > 0 } warnings ? warnings : null)
            : (validator.Validate(document), null);
    }

    /// <summary>Checks a definition and gives it, or refuses the request with everything that is wrong.</summary>
    public (WorkflowDefinition Definition, IReadOnlyList<ImportWarning>? Warnings) Accept(ReadOnlySpan<byte> body)
    {
        var (read, warnings) = Check(body);
        if (read.IsValid)
            return (read.Definition, warnings);
        var count = read.Problems.Count;
        throw ProblemCatalog.Invalid(
            "invalid_definition",
            count == 1 ? $"The definition can't be saved: {read.Problems[0].Message}" : $"The definition can't be saved: {count} things are wrong with it.",
            [.. read.Problems.Select(p => new JsonProblem(p.Pointer, p.Code, p.Message))]);
    }

    /// <summary>Parses what might be a document of another shape; what is no JSON is left to the validator, which says why.</summary>
    private static bool TryParse(ReadOnlySpan<byte> body, out JsonElement document)
    {
        try
        {
            document = JsonElement.Parse(body, Reading);
            return true;
        }
        catch (JsonException)
        {
            document = default;
            return false;
        }
    }
}
