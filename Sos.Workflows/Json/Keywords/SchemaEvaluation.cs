using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary>One check of one value: where it is, what it found, what it may still spend.</summary>
internal sealed class SchemaEvaluation(JsonSchemaOptions options)
{
    // Values nest to 64 as a rule and schemas refer on a few times per level; the stack holds many times this.
    private const int MaxDepth = 700;

    private readonly List<PathSegment> path = [];
    private Func<string, TemplateKind>? templates = options.TemplateKind;
    private List<JsonProblem>? errors = [];
    private SchemaNode? current;
    private bool overridden;
    private string? gaveUpAt;
    private int depth;
    private int steps;

    /// <summary>Whether errors are collected; otherwise only the outcome matters.</summary>
    public bool IsCollecting => errors is not null;

    /// <summary>Whether no more errors are taken.</summary>
    public bool IsFull => gaveUpAt is not null || errors is { } collected && collected.Count >= options.MaxErrors;

    /// <summary>Whether the outcome rests on a template having a fitting value.</summary>
    public bool IsAssumed { get; set; }

    /// <summary>Whether a value is a template with text around its expressions, which is then assumed to fit.</summary>
    public bool IsUnknownText(string text)
    {
        if (templates is null || templates(text) == TemplateKind.None)
            return false;
        IsAssumed = true;
        return true;
    }

    /// <summary>Whether nothing is known of a value, because it is an expression, which is then assumed to fit.</summary>
    public bool IsUnknown(JsonElement instance)
    {
        if (templates is null || instance.ValueKind != JsonValueKind.String || templates(instance.GetString()!) != TemplateKind.Expression)
            return false;
        IsAssumed = true;
        return true;
    }

    /// <summary>Whether a value or anything in it is a template, in which case it is assumed to fit.</summary>
    public bool HoldsUnknown(JsonElement instance)
    {
        if (templates is null || !Search(instance))
            return false;
        IsAssumed = true;
        return true;

        bool Search(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => templates(value.GetString()!) != TemplateKind.None,
            JsonValueKind.Array => value.EnumerateArray().Any(Search),
            JsonValueKind.Object => value.EnumerateObject().Any(p => Search(p.Value)),
            _ => false,
        };
    }

    /// <summary>Starts a schema; false when the check has spent what it may.</summary>
    public bool Enter(SchemaNode node, out (SchemaNode?, bool) outer)
    {
        outer = (current, overridden);
        if (gaveUpAt is not null)
            return false;
        if (++steps > options.MaxSteps || ++depth > MaxDepth)
        {
            GiveUp();
            return false;
        }
        current = node;
        overridden = false;
        return true;
    }

    /// <summary>Ends a schema.</summary>
    public void Leave((SchemaNode? Node, bool Overridden) outer)
    {
        depth--;
        (current, overridden) = outer;
    }

    /// <summary>Ends the check: it takes too long or goes too deep.</summary>
    public void GiveUp() => gaveUpAt ??= Pointer();

    public void Push(string name) => path.Add(new PathSegment(name, 0));

    public void Push(int index) => path.Add(new PathSegment(null, index));

    public void Pop() => path.RemoveAt(path.Count - 1);

    /// <summary>The outcome of a schema without its errors.</summary>
    public Match Test(SchemaNode node, JsonElement instance)
    {
        var (collected, assumed) = (errors, IsAssumed);
        (errors, IsAssumed) = (null, false);
        var match = !node.Evaluate(instance, this) ? Match.No : IsAssumed ? Match.Assumed : Match.Yes;
        errors = collected;
        IsAssumed = assumed;
        return match;
    }

    /// <summary>The errors of a schema that does not accept a property's name; names are never templates.</summary>
    public IReadOnlyList<JsonProblem> ExplainName(SchemaNode node, JsonElement name)
    {
        templates = null;
        var explained = Explain(node, name);
        templates = options.TemplateKind;
        return explained;
    }

    /// <summary>The errors of a schema that does not accept a value, apart from those collected so far.</summary>
    public IReadOnlyList<JsonProblem> Explain(SchemaNode node, JsonElement instance)
    {
        var collected = errors;
        errors = [];
        node.Evaluate(instance, this);
        var explained = errors;
        errors = collected;
        return explained;
    }

    /// <summary>Takes over errors that <see cref="Explain"/> gave.</summary>
    public void AddRange(IEnumerable<JsonProblem> explained)
    {
        if (errors is { } collected)
            collected.AddRange(explained.Take(Math.Max(0, options.MaxErrors - collected.Count)));
    }

    /// <summary>Reports that a value is not what was expected.</summary>
    public bool Fail(string code, string expected, JsonElement instance)
    {
        if (errors is not null)
            Report(code, $"Expected {expected}, but found {Describe(instance)}.", instance);
        return false;
    }

    /// <summary>Reports in words of one's own.</summary>
    public bool FailWith(string code, JsonElement instance, Func<string> message)
    {
        if (errors is not null)
            Report(code, message(), instance);
        return false;
    }

    public string Pointer()
    {
        var pointer = new StringBuilder();
        foreach (var (name, index) in path)
        {
            pointer.Append('/');
            if (name is null)
                pointer.Append(CultureInfo.InvariantCulture, $"{index}");
            else
                pointer.Append(JsonPointer.Escape(name));
        }
        return pointer.ToString();
    }

    /// <summary>What was found. A check that gave up knows nothing else for sure.</summary>
    public JsonSchemaResult Result() => gaveUpAt is not null
        ? new JsonSchemaResult([new JsonProblem(gaveUpAt, JsonProblemCodes.TooComplex, "The value takes too many steps to check against its schema.")])
        : errors is { Count: > 0 } ? new JsonSchemaResult(errors) : JsonSchemaResult.Valid;

    /// <summary>A value in a few words, for messages.</summary>
    public string Describe(JsonElement value) => current is { IsWriteOnly: true } ? JsonWords.DescribeType(value) : JsonWords.Describe(value);

    private void Report(string code, string message, JsonElement instance)
    {
        if (IsFull || overridden)
            return;
        if (current is { ProblemMessage: { } own })
        {
            overridden = true;
            message = $"{own} Found {Describe(instance)}.";
        }
        errors!.Add(new JsonProblem(Pointer(), current?.ProblemCode ?? code, message));
    }

    private readonly record struct PathSegment(string? Name, int Index);
}

/// <summary>The outcome of a schema where templates may stand for values.</summary>
internal enum Match
{
    /// <summary>It does not accept the value.</summary>
    No,

    /// <summary>It accepts the value if a template in it turns out to fit.</summary>
    Assumed,

    /// <summary>It accepts the value.</summary>
    Yes,
}
