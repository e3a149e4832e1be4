using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>
/// Reads a definition and says everything that is wrong with its structure. What the nodes are and whether the graph
/// makes sense is <see cref="WorkflowValidator"/>'s part.
/// </summary>
public static class DefinitionReader
{
    private static readonly JsonSchemaOptions Options = new() { MaxErrors = 1_000 };

    /// <summary>The JSON schema of definitions, for editors.</summary>
    public static JsonElement Schema { get; } = LoadSchema();

    private static readonly JsonSchema WorkflowSchema = JsonSchema.Compile(Schema);
    private static readonly JsonSchema BodySchema = JsonSchema.Compile(SchemaOf("graph"));

    /// <summary>Reads a definition from JSON text.</summary>
    public static CheckedDefinition Read(ReadOnlySpan<byte> utf8) =>
        TryParse(utf8, out var definition, out var problems) ? ReadStorable(definition) : new CheckedDefinition(null, problems);

    /// <summary>Reads a definition from parsed JSON.</summary>
    public static CheckedDefinition Read(JsonElement definition) =>
        IsStorable(definition, out var problems) ? ReadStorable(definition) : new CheckedDefinition(null, problems);

    /// <summary>Parses text that is within the limits of a definition.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> utf8, out JsonElement definition, out IReadOnlyList<DefinitionProblem> problems)
    {
        problems = AsProblems(StorableJson.Check(utf8, DefinitionLimits.Json));
        definition = problems.Count == 0 ? JsonElement.Parse(utf8) : default;
        return problems.Count == 0;
    }

    /// <summary>Whether parsed JSON is within the limits of a definition.</summary>
    internal static bool IsStorable(JsonElement definition, out IReadOnlyList<DefinitionProblem> problems)
    {
        problems = AsProblems(StorableJson.Check(definition, DefinitionLimits.Json));
        return problems.Count == 0;
    }

    /// <summary>Adds what is wrong with the structure; the definition when nothing is.</summary>
    internal static WorkflowDefinition? Read(JsonElement definition, ProblemList problems)
    {
        var before = problems.Count;
        DuplicateNames.Check(definition, "", problems);
        problems.AddRange("", WorkflowSchema.Evaluate(definition, Options).Errors);
        return problems.Count == before ? Deserialize(definition, problems) : null;
    }

    /// <summary>Adds what is wrong with the structure of a nested graph.</summary>
    internal static void CheckBody(JsonElement body, string pointer, ProblemList problems) =>
        problems.AddRange(pointer, BodySchema.Evaluate(body, Options).Errors);

    private static CheckedDefinition ReadStorable(JsonElement definition)
    {
        var problems = new ProblemList();
        var read = Read(definition, problems);
        return new CheckedDefinition(read, problems.InOrderOf(definition));
    }

    private static WorkflowDefinition? Deserialize(JsonElement definition, ProblemList problems)
    {
        try
        {
            return definition.Deserialize(DefinitionJson.Default.WorkflowDefinition);
        }
        catch (JsonException e)
        {
            // JSON schema takes 3.0 for a whole number, an int can't be read from it.
            problems.Add(AsPointer(e.Path), JsonProblemCodes.WrongType, "The value can't be read here. Write a whole number without a fraction or exponent.");
            return null;
        }
    }

    /// <summary>The pointer for a path such as <c>$.nodes[0].retry.maxAttempts</c>; what fails to deserialise has no unusual names.</summary>
    private static string AsPointer(string? path) =>
        (path ?? "$")[1..].Replace('.', '/').Replace('[', '/').Replace("]", "", StringComparison.Ordinal);

    private static IReadOnlyList<DefinitionProblem> AsProblems(IReadOnlyList<JsonProblem> found) =>
        found.Count == 0 ? [] : [.. found.Select(p => new DefinitionProblem(p.Pointer, p.Code, p.Message))];

    private static JsonElement LoadSchema()
    {
        using var stream = typeof(DefinitionReader).Assembly.GetManifestResourceStream("workflow.schema.json")
            ?? throw new InvalidOperationException("workflow.schema.json is not embedded in the assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>A schema for a part of a definition.</summary>
    private static JsonElement SchemaOf(string part) =>
        JsonElement.Parse($$"""{ "$ref": "#/$defs/{{part}}", "$defs": {{Schema.GetProperty("$defs").GetRawText()}} }""");
}
