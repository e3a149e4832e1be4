using System.Diagnostics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Expressions;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>What holds for every expression, and for everything that is none.</summary>
public sealed class PropertyTests
{
    /// <summary>Small enough that a runaway expression stops at once.</summary>
    private static readonly CelContext Tight = new() { Limits = new CelLimits { MaxCost = 20_000, MaxResultBytes = 10_000 } };

    private static readonly CelVariables Variables = new CelVariables()
        .Add("input", JsonElement.Parse("""{ "a": [1, 2.5, "x", null, { "b": true }], "text": "héllo 😀", "n": 3, "big": 1e300 }"""))
        .Add("a", CelValue.FromList(CelValue.From(1), CelValue.From("b")))
        .Add("b", CelValue.From(7));

    /// <summary>Pieces that are likely to fit together to something that parses.</summary>
    private static readonly string[] Pieces =
    [
        "input", ".", "a", "b", "text", "[", "]", "(", ")", "{", "}", ",", ":", "?", "+", "-", "*", "/", "%", "!", "==",
        "<", ">=", "&&", "||", " in ", "1", "0", "2.5", "7u", "\"x\"", "'%s'", "b'\\xff'", "null", "true", ".map(x, ",
        ".filter(x, ", ".all(i, v, ", ".exists(", "x", "has(", "size(", ".matches(", "'(a+)+$'", ".format([", ".?a", "[?0]",
        "optional.of(", "lists.range(", "timestamp(", "duration('1h')", "math.greatest(", "cel.bind(x, ", ".join()",
        "9223372036854775807", ".split('')", ".replace('', ", "string(", "toJson(", "json(", "now()", ".sortBy(x, ",
        ".transformMap(k, v, ", ".flatten()", "// c\n", "\n", "{{", "}}", "\\", "`c d`", "\ud83d\ude00", "\ud83d", "é",
    ];

    public static Arbitrary<string> Garbage() => Gen.OneOf(
        Gen.Elements(Pieces).ListOf().Select(string.Concat),
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
        from tree in SyntaxTrees.Arbitrary.Generator select Printer.Print(tree)).ToArbitrary();

    [Property(MaxTest = 2_000)]
    public Property Printing_and_parsing_gives_the_same_tree() => Prop.ForAll(SyntaxTrees.Arbitrary, tree =>
    {
        // A tree may print to more than an expression may have.
        var printed = Printer.Print(tree);
        return SyntaxTrees.AreSame(tree, Parser.Parse(printed, CelLimits.Default with { MaxSourceLength = int.MaxValue })).Label(printed);
    });

    [Property(MaxTest = 3_000)]
    public Property Any_text_gives_a_value_or_the_documented_error() => Prop.ForAll(Garbage(), text =>
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var value = CelExpression.Parse(text, Tight.Limits).Evaluate(Variables, Tight);
            value.ToText(Tight.Limits);
        }
        catch (CelException e)
        {
            Assert.NotEmpty(e.Error.Message);
            Assert.InRange(e.Error.Position, 0, text.Length);
        }

        return (watch.Elapsed < TimeSpan.FromSeconds(10)).Label(text);
    });

    [Property(MaxTest = 2_000)]
    public Property Any_template_gives_a_value_or_the_documented_error() => Prop.ForAll(Garbage(), text =>
    {
        try
        {
            var template = Template.CompileText("{{" + text + "}} and " + text);
            template.Render(Variables, Tight);
        }
        catch (TemplateException e)
        {
            Assert.NotEmpty(e.Problems);
        }
    });

    [Property(MaxTest = 1_000)]
    public Property A_printed_expression_evaluates_to_the_same() => Prop.ForAll(Garbage(), text =>
    {
        if (!CelExpression.TryParse(text, Tight.Limits, out var first, out _) || first.UsesClock) return true.ToProperty();
        var second = CelExpression.Parse(first.ToString());
        return (Outcome(first) == Outcome(second)).Label($"{first.Source} => {second.Source}");
    });

    private static string Outcome(CelExpression expression)
    {
        try
        {
            var value = expression.Evaluate(Variables, Tight);
            return $"{value.Type} {value.ToText(Tight.Limits)}";
        }
        catch (CelException e)
        {
            return e.Error.Code;
        }
    }
}
