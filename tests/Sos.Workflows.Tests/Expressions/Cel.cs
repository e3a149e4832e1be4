using System.Text.Json;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>Short ways to evaluate in tests.</summary>
internal static class Cel
{
    internal static CelValue Evaluate(string source, string? input = null, CelContext? context = null) =>
        CelExpression.Parse(source).Evaluate(Variables(input), context ?? CelContext.Default);

    internal static CelError Fail(string source, string? input = null, CelContext? context = null) =>
        Assert.Throws<CelException>(() => Evaluate(source, input, context)).Error;

    internal static CelVariables Variables(string? input)
    {
        var variables = new CelVariables();
        if (input is not null) variables.Add("input", JsonElement.Parse(input));
        return variables;
    }

    internal static void AssertGives(string expectedJson, string source, string? input = null) =>
        AssertJson(expectedJson, Evaluate(source, input).ToJsonElement());

    internal static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), $"Expected {expected}, got {actual.GetRawText()}");
}
