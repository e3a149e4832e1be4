using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

public sealed class ReferenceTests
{
    [Theory]
    [InlineData("steps.fetch.body", "steps.fetch.body@0+16")]
    [InlineData("size(steps.fetch.body) > 0", "steps.fetch.body@5+16")]
    [InlineData("steps['get-user'].body", "steps.get-user.body@0+22")]
    [InlineData("steps.a.items[input.i].name", "steps.a.items@0+13 input.i@14+7")]
    [InlineData("steps.a.items.filter(i, i.ok && input.x)", "steps.a.items@0+13 input.x@32+7")]
    [InlineData("has(steps.a.b) && has(input.x.y)", "steps.a.b@4+9? input.x.y@22+9?")]
    [InlineData("steps.?a.b", "steps.a.b@0+10?")]
    [InlineData("steps.a[?'b']", "steps.a.b@0+13?")]
    [InlineData("[1].map(input, input + .input)", "input@24+5")]
    [InlineData("type(1) == int", "")]
    [InlineData("type(now()) == google.protobuf.Timestamp", "")]
    [InlineData("math.abs(a) + cel.bind(x, b, x + c)", "a@9+1 b@26+1 c@33+1")]
    [InlineData("input.text.matches('a')", "input.text@0+10")]
    [InlineData("{'a': input.b}.a", "input.b@6+7")]
    public void References_are_the_variables_with_the_fields_that_follow_from_the_text(string source, string expected)
    {
        var references = CelExpression.Parse(source).References
            .Select(r => $"{r}@{r.Position}+{r.Length}{(r.IsOptional ? "?" : "")}");
        Assert.Equal(expected, string.Join(' ', references));
    }
}
