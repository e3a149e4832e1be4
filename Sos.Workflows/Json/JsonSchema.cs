using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Workflows.Json.Keywords;

namespace Sos.Workflows.Json;

/// <summary>
/// A compiled JSON schema (draft 2020-12), safe to use from many threads. References stay inside the document.
/// <c>format</c> is asserted for <c>date-time</c>, <c>date</c>, <c>time</c>, <c>duration</c>, <c>email</c>, <c>uri</c>,
/// <c>uuid</c>, <c>ipv4</c>, <c>ipv6</c> and, for durations such as <c>20s</c>, <c>sos-duration</c>. What is not
/// supported (<c>unevaluatedProperties</c>, <c>unevaluatedItems</c>, <c>$dynamicRef</c>, a nested <c>$id</c>, patterns
/// that need backtracking) is refused when the schema is compiled, not ignored.
/// </summary>
/// <remarks>
/// A schema may carry <c>"x-problem": {"code": "…", "message": "…"}</c>, which replaces code and text of what breaks
/// the schema itself (not its children), and <c>"writeOnly": true</c>, which keeps values out of messages.
/// </remarks>
public sealed class JsonSchema
{
    private readonly SchemaNode root;

    private JsonSchema(SchemaNode root) => this.root = root;

    /// <summary>Compiles a schema from its text.</summary>
    /// <exception cref="JsonSchemaException">The text is not JSON or not a schema.</exception>
    public static JsonSchema FromText(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Compile(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new JsonSchemaException([new JsonProblem("", JsonProblemCodes.InvalidJson, e.Message)]);
        }
    }

    /// <summary>Compiles a schema, which is copied.</summary>
    /// <exception cref="JsonSchemaException">It is not a schema, or uses what is not supported; holds every mistake.</exception>
    public static JsonSchema Compile(JsonElement schema) =>
        TryCompile(schema, out var compiled, out var problems) ? compiled : throw new JsonSchemaException(problems);

    /// <summary>Compiles a schema, which is copied; false with every mistake when it can't be used.</summary>
    public static bool TryCompile(JsonElement schema, [NotNullWhen(true)] out JsonSchema? compiled, out IReadOnlyList<JsonProblem> problems)
    {
        problems = StorableJson.CheckReadable(JsonMarshal.GetRawUtf8Value(schema));
        compiled = null;
        if (problems.Count > 0)
            return false;
        var compiler = new SchemaCompiler(schema.Clone());
        var root = compiler.Compile();
        problems = compiler.Problems;
        if (problems.Count > 0)
            return false;
        compiled = new JsonSchema(root);
        return true;
    }

    /// <summary>Checks a value. Never throws for a value that was parsed, whatever is in it.</summary>
    public JsonSchemaResult Evaluate(JsonElement instance, JsonSchemaOptions? options = null)
    {
        // Half surrogates and broken UTF-8 can't be read as a string, so nothing else can be said of such a value.
        var unreadable = StorableJson.CheckReadable(JsonMarshal.GetRawUtf8Value(instance));
        if (unreadable.Count > 0)
            return new JsonSchemaResult(unreadable);
        var evaluation = new SchemaEvaluation(options ?? JsonSchemaOptions.Default);
        try
        {
            root.Evaluate(instance, evaluation);
        }
        catch (RegexMatchTimeoutException)
        {
            evaluation.GiveUp();
        }
        return evaluation.Result();
    }
}

/// <summary>What <see cref="JsonSchema.Evaluate"/> found.</summary>
/// <param name="Errors">What breaks the schema, in the order of the value; empty for a valid one.</param>
public sealed record JsonSchemaResult(IReadOnlyList<JsonProblem> Errors)
{
    internal static JsonSchemaResult Valid { get; } = new([]);

    /// <summary>Whether the value satisfies the schema.</summary>
    public bool IsValid => Errors.Count == 0;
}

/// <summary>How a value is checked.</summary>
public sealed record JsonSchemaOptions
{
    /// <summary>Values as they are, at most 100 errors.</summary>
    public static JsonSchemaOptions Default { get; } = new();

    /// <summary>
    /// Tells templates from other strings; null where there are none. A template's value is not known yet, so it is
    /// accepted wherever a value that it can have would be.
    /// </summary>
    public Func<string, TemplateKind>? TemplateKind { get; init; }

    /// <summary>How many errors are collected; what follows is not reported.</summary>
    public int MaxErrors { get; init; } = 100;

    /// <summary>How many times a schema may be applied to a value before the check gives up with <c>too_complex</c>.</summary>
    public int MaxSteps { get; init; } = 1_000_000;
}

/// <summary>What a string stands for in a value that holds templates.</summary>
public enum TemplateKind
{
    /// <summary>Itself.</summary>
    None,

    /// <summary>Some text that is not known yet.</summary>
    Text,

    /// <summary>Some value of any type that is not known yet.</summary>
    Expression,
}

/// <summary>A schema can't be compiled.</summary>
public sealed class JsonSchemaException(IReadOnlyList<JsonProblem> problems)
    : Exception("The JSON schema can't be used. " + string.Join(' ', problems.Select(p => $"At '{p.Pointer}': {p.Message}")))
{
    /// <summary>Every mistake, with a pointer into the schema.</summary>
    public IReadOnlyList<JsonProblem> Problems => problems;
}
