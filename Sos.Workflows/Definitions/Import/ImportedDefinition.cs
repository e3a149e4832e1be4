using System.Text.Json;

namespace Sos.Workflows.Definitions.Import;

/// <summary>A definition made from a document of another shape. It still has to be validated.</summary>
/// <param name="Definition">The definition as JSON.</param>
/// <param name="Warnings">What could not be kept as it was, in the order of the imported document.</param>
public sealed record ImportedDefinition(JsonElement Definition, IReadOnlyList<ImportWarning> Warnings);

/// <summary>Something that an import could not keep as it was.</summary>
/// <param name="Pointer">A JSON pointer into the imported document.</param>
/// <param name="Code">A stable code, such as <c>node_renamed</c>.</param>
/// <param name="Message">A sentence that says what was changed and what to look at.</param>
public sealed record ImportWarning(string Pointer, string Code, string Message);
