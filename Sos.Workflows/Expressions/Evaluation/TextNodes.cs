using System.Text;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>A text of the expression, ready to be compared with text of JSON where that is.</summary>
internal sealed class ConstantText(string text)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(text);

    /// <summary>What a comparison costs.</summary>
    internal int Cost { get; } = 2 + text.Length / 10;

    /// <summary>The texts of a constant list, or null when it holds anything else or is long.</summary>
    internal static ConstantText[]? FromList(in CelValue list)
    {
        const int Most = 32;
        if (list.Type != CelType.List || list.ListItems.Length > Most) return null;
        var texts = new ConstantText[list.ListItems.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            if (list.ListItems[i].Type != CelType.String) return null;
            texts[i] = new ConstantText(list.ListItems[i].Text);
        }

        return texts;
    }

    internal bool IsEqualTo(in CelValue value) => value.Type == CelType.String
        && (value.IsJson ? JsonText.Equals(value.Json, _utf8) : value.Text == text);
}

/// <summary><c>a == "text"</c>, <c>a != "text"</c>.</summary>
internal sealed class TextEqualityNode(int position, Node operand, string text, bool isEqual) : Node(position)
{
    private readonly ConstantText _text = new(text);

    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(_text.Cost);
        var value = operand.Evaluate(ref state);
        if (value.IsError) return value;
        return CelValue.From(_text.IsEqualTo(value) == isEqual);
    }
}

/// <summary><c>a in ["text", …]</c>.</summary>
internal sealed class TextInNode(int position, Node operand, ConstantText[] texts) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var value = operand.Evaluate(ref state);
        if (value.IsError) return value;
        return CelValue.From(IsAny(value, ref state));
    }

    private bool IsAny(in CelValue value, ref EvaluationState state)
    {
        foreach (var text in texts)
        {
            state.Charge(text.Cost);
            if (text.IsEqualTo(value)) return true;
        }

        return false;
    }
}
