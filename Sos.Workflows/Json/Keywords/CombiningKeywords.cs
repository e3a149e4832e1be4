using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary><c>$ref</c>.</summary>
internal sealed class RefKeyword(string reference, string pointer) : Keyword
{
    /// <summary>What the schema refers to, as it is written.</summary>
    public string Reference => reference;

    /// <summary>Where the reference stands.</summary>
    public string Pointer => pointer;

    /// <summary>The schema it refers to; set when the document has been read.</summary>
    public SchemaNode? Target { get; set; }

    public override IEnumerable<SchemaNode> InPlace => Target is null ? [] : [Target];

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation) => Target!.Evaluate(instance, evaluation);
}

/// <summary><c>allOf</c>.</summary>
internal sealed class AllOfKeyword(SchemaNode[] schemas) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public static Keyword? Compile(KeywordSource source) => source.TrySubschemas(out var schemas) ? new AllOfKeyword(schemas) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        var valid = true;
        foreach (var schema in schemas)
        {
            valid &= schema.Evaluate(instance, evaluation);
            if (!valid && !evaluation.IsCollecting)
                break;
        }
        return valid;
    }
}

/// <summary><c>anyOf</c>.</summary>
internal sealed class AnyOfKeyword(SchemaNode[] schemas) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public static Keyword? Compile(KeywordSource source) => source.TrySubschemas(out var schemas) ? new AnyOfKeyword(schemas) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        var best = Match.No;
        foreach (var schema in schemas)
        {
            var match = evaluation.Test(schema, instance);
            if (match == Match.Yes)
                return true;
            best = match == Match.Assumed ? match : best;
        }
        if (best == Match.No)
            return Alternatives.FailNone(schemas, instance, evaluation);
        evaluation.IsAssumed = true;
        return true;
    }
}

/// <summary><c>oneOf</c>.</summary>
internal sealed class OneOfKeyword(SchemaNode[] schemas) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public static Keyword? Compile(KeywordSource source) => source.TrySubschemas(out var schemas) ? new OneOfKeyword(schemas) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        int sure = 0, assumed = 0;
        foreach (var schema in schemas)
        {
            var match = evaluation.Test(schema, instance);
            sure += match == Match.Yes ? 1 : 0;
            assumed += match == Match.Assumed ? 1 : 0;
        }
        if (sure == 0 && assumed == 0)
            return Alternatives.FailNone(schemas, instance, evaluation);
        if (sure > 1)
        {
            return evaluation.FailWith(JsonProblemCodes.AmbiguousMatch, instance, () =>
                $"Expected exactly one of {schemas.Length} forms, but found {evaluation.Describe(instance)}, which has {sure} of them.");
        }
        evaluation.IsAssumed |= assumed > 0;
        return true;
    }
}

/// <summary><c>not</c>.</summary>
internal sealed class NotKeyword(SchemaNode schema) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => [schema];

    public static Keyword Compile(KeywordSource source) => new NotKeyword(source.Subschema());

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        var match = evaluation.Test(schema, instance);
        evaluation.IsAssumed |= match == Match.Assumed;
        return match != Match.Yes || evaluation.FailWith(JsonProblemCodes.Forbidden, instance, () =>
            $"The schema rules out what is here: {evaluation.Describe(instance)}.");
    }
}

/// <summary><c>if</c> with <c>then</c> and <c>else</c>.</summary>
internal sealed class ConditionalKeyword(SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => new[] { condition, then, otherwise }.OfType<SchemaNode>();

    public static Keyword Compile(KeywordSource source) => new ConditionalKeyword(
        source.Subschema(),
        source.TrySibling("then", out var then) ? then.Subschema() : null,
        source.TrySibling("else", out var otherwise) ? otherwise.Subschema() : null);

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        switch (evaluation.Test(condition, instance))
        {
            case Match.Yes:
                return then?.Evaluate(instance, evaluation) ?? true;
            case Match.No:
                return otherwise?.Evaluate(instance, evaluation) ?? true;
            default:
                // Which of the two applies is known only when the template has its value.
                evaluation.IsAssumed = true;
                return true;
        }
    }
}

/// <summary>What to say when none of several schemas accepts a value.</summary>
internal static class Alternatives
{
    private const int MostExplained = 3;

    /// <summary>
    /// Reports the errors of the alternative that was probably meant: the only one that the value's type and its
    /// fixed properties (<c>const</c>, <c>enum</c>) don't rule out; otherwise what each alternative wants.
    /// </summary>
    public static bool FailNone(SchemaNode[] schemas, JsonElement instance, SchemaEvaluation evaluation)
    {
        if (!evaluation.IsCollecting)
            return false;
        var here = evaluation.Pointer();
        var explained = schemas.Select(s => evaluation.Explain(s, instance)).Where(e => e.Count > 0).ToList();
        var meant = explained.Where(errors => !errors.Any(e => RulesOut(e, here))).ToList();
        if (meant.Count == 1)
        {
            evaluation.AddRange(meant[0]);
            return false;
        }
        if (meant.Count == 0)
            meant = explained;
        return evaluation.FailWith(JsonProblemCodes.NoMatch, instance, () =>
            $"None of {schemas.Length} possible forms fits: {string.Join(" Or: ", meant.Select(e => e[0].Message).Distinct().Take(MostExplained))}");
    }

    private static bool RulesOut(JsonProblem error, string here) => error.Code switch
    {
        JsonProblemCodes.WrongType or JsonProblemCodes.Forbidden => error.Pointer == here,
        JsonProblemCodes.NotAllowed => error.Pointer.LastIndexOf('/') <= here.Length,
        _ => false,
    };
}
