using System.Text.Json;
using Sos.Api.Pages.Editor;
using Sos.Workflows.Expressions;

namespace Sos.Api.Tests.Pages.Editor;

public sealed class ExpressionCompletionTests
{
    private static readonly KnownData Known = new KnownData { Steps = ["fetch", "get-user"], InputNames = ["id"] }
        .With("input", JsonElement.Parse("""{"amount": 5, "content-type": "text"}"""))
        .With("steps", JsonElement.Parse("""{"fetch": {"status": 200, "body": {"items": [{"sku": "A"}]}}}"""));

    /// <summary>The text with its caret at the mark, after the first suggestion of a label was taken.</summary>
    private static string? Take(string marked, string label)
    {
        var caret = marked.IndexOf('|', StringComparison.Ordinal);
        var text = marked.Remove(caret, 1);
        if (ExpressionCompletion.At(text, caret, Known) is not { } completion || completion.Items.FirstOrDefault(i => i.Label == label) is not { } item)
            return null;
        return text[..(item.Brackets ? completion.Dot : completion.Start)] + item.Insert + text[completion.End..];
    }

    [Theory]
    [InlineData("{{ in| }}", "input", "{{ input }}")]
    [InlineData("{{ input.am| }}", "amount", "{{ input.amount }}")]
    [InlineData("{{ input.| }}", "id", "{{ input.id }}")]
    [InlineData("{{ input.| }}", "content-type", "{{ input[\"content-type\"] }}")]
    [InlineData("{{ steps.| }}", "fetch", "{{ steps.fetch }}")]
    [InlineData("a {{ 1 + steps.ge| }}", "get-user", "a {{ 1 + steps[\"get-user\"] }}")]
    [InlineData("{{ steps.fetch.body.items[0].s| }}", "sku", "{{ steps.fetch.body.items[0].sku }}")]
    [InlineData("{{ steps.fetch.body.items.fi| }}", "filter", "{{ steps.fetch.body.items.filter( }}")]
    [InlineData("{{ math.ro| }}", "round", "{{ math.round( }}")]
    [InlineData("{{ execution.| }}", "startedAt", "{{ execution.startedAt }}")]
    [InlineData("{{ steps[\"fetch\"].sta| }}", "status", "{{ steps[\"fetch\"].status }}")]
    [InlineData("{{ steps.?fetch.?sta| }}", "status", "{{ steps.?fetch.?status }}")]
    public void A_suggestion_completes_what_is_written(string text, string label, string expected) => Assert.Equal(expected, Take(text, label));

    [Theory]
    [InlineData("inp|")]
    [InlineData("{{ input }} inp|")]
    [InlineData("\\{{ inp|")]
    [InlineData("{{ item| }}")]
    [InlineData("{{ steps.fetch | }}")]
    [InlineData("{{ steps.fetch }|")]
    [InlineData("{{ 'an inp| }}")]
    public void Outside_of_expressions_and_for_what_is_not_there_nothing_is_suggested(string text) => Assert.Null(Take(text, "input") ?? Take(text, "item"));

    [Fact]
    public void Suggestions_show_the_values_of_the_last_run() =>
        Assert.Equal("200", ExpressionCompletion.At("{{ steps.fetch. }}", 15, Known)!.Items.First(i => i.Label == "status").About);

    [Fact]
    public void Every_function_that_is_suggested_exists()
    {
        foreach (var (name, use) in ExpressionCompletion.Functions.Concat(ExpressionCompletion.Methods))
        {
            Assert.Contains(name + "(", use, StringComparison.Ordinal);
            Assert.True(CelExpression.TryParse(use, null, out var expression, out var error), $"{use}: {error}");
            Assert.True(expression.Problems.Count == 0, $"{use}: {(expression.Problems.Count > 0 ? expression.Problems[0] : null)}");
        }
    }

    [Fact]
    public void A_text_comes_to_its_value_or_says_why_not()
    {
        Assert.Equal(("200", null), Known.Evaluate("{{ steps.fetch.status }}", TimeProvider.System, CancellationToken.None));
        Assert.Equal(("\"Status 200\"", null), Known.Evaluate("Status {{ steps.fetch.status }}", TimeProvider.System, CancellationToken.None));
        Assert.Contains("stat", Known.Evaluate("{{ steps.fetch.stat }}", TimeProvider.System, CancellationToken.None).Problem, StringComparison.Ordinal);
        Assert.Equal((null, null), Known.Evaluate("plain", TimeProvider.System, CancellationToken.None));
        Assert.Equal((null, null), new KnownData { Steps = [] }.Evaluate("{{ 1 }}", TimeProvider.System, CancellationToken.None));
    }
}
