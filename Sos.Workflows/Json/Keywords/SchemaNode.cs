using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary>A compiled schema or subschema: keywords that all must accept a value.</summary>
internal sealed class SchemaNode(string pointer)
{
    /// <summary>Where the schema stands in its document.</summary>
    public string Pointer => pointer;

    /// <summary>The keywords in the order in which they are applied; set once, when the schema is compiled.</summary>
    public IReadOnlyList<Keyword> Keywords { get; set; } = [];

    /// <summary>Replaces the code of what breaks this schema itself.</summary>
    public string? ProblemCode { get; set; }

    /// <summary>Replaces the text of what breaks this schema itself.</summary>
    public string? ProblemMessage { get; set; }

    /// <summary>Whether values are kept out of messages.</summary>
    public bool IsWriteOnly { get; set; }

    /// <summary>The schemas that are applied to the same value as this one.</summary>
    public IEnumerable<SchemaNode> InPlace => Keywords.SelectMany(k => k.InPlace);

    public bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (!evaluation.Enter(this, out var outer))
            return false;
        var valid = evaluation.IsUnknown(instance) || EvaluateKeywords(instance, evaluation);
        evaluation.Leave(outer);
        return valid;
    }

    private bool EvaluateKeywords(JsonElement instance, SchemaEvaluation evaluation)
    {
        var valid = true;
        foreach (var keyword in Keywords)
        {
            if (keyword.Evaluate(instance, evaluation))
                continue;
            valid = false;
            // A value of the wrong type breaks the other keywords in uninteresting ways.
            if (!evaluation.IsCollecting || evaluation.IsFull || keyword is TypeKeyword)
                break;
        }
        return valid;
    }
}

/// <summary>One keyword of a schema, with what belongs to it.</summary>
internal abstract class Keyword
{
    /// <summary>Whether the keyword accepts a value; reports to the evaluation when it doesn't.</summary>
    public abstract bool Evaluate(JsonElement instance, SchemaEvaluation evaluation);

    /// <summary>The schemas that the keyword applies to the same value, not to a part of it.</summary>
    public virtual IEnumerable<SchemaNode> InPlace => [];
}
