using System.Text;
using System.Text.Json;
using Sos.Workflows.Webhooks;

namespace Sos.Workflows.Tests.Webhooks;

public sealed class WebhookBodyTests
{
    [Theory]
    [InlineData("application/json", """{"a": [1, "ü"]}""", """{"a":[1,"ü"]}""")]
    [InlineData("application/vnd.api+json; charset=utf-8", "[1]", "[1]")]
    [InlineData("application/x-www-form-urlencoded", "a=1&b=two+words&b=%C3%BC&c", """{"a":"1","b":["two words","ü"],"c":""}""")]
    [InlineData("text/plain", "hello ü", "\"hello ü\"")]
    [InlineData("application/xml", "<a/>", "\"<a/>\"")]
    [InlineData("application/octet-stream", "hi", "\"aGk=\"")]
    [InlineData("text/plain; charset=utf-16", "hi", "\"aGk=\"")]
    [InlineData(null, "hi", "\"aGk=\"")]
    [InlineData("application/json", "", "null")]
    public void A_body_is_parsed_by_its_content_type(string? contentType, string body, string expected)
    {
        var input = WebhookBody.ToInput(Call(body, ("content-type", contentType)), new WebhookVerification { Kind = WebhookVerification.None }, out var problem);
        Assert.Null(problem);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), input.GetProperty("body")), input.GetRawText());
    }

    [Theory]
    [InlineData("application/json", "{\"a\": ")]
    [InlineData("application/json", "{\"a\": \"\\u0000\"}")]
    [InlineData("application/json", "{\"a\": 1e999999}")]
    public void Json_that_can_not_be_stored_is_refused(string contentType, string body)
    {
        WebhookBody.ToInput(Call(body, ("content-type", contentType)), new WebhookVerification { Kind = WebhookVerification.None }, out var problem);
        Assert.StartsWith("/body", problem?.Pointer, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        WebhookBody.ToInput(Call(new string('[', 100) + new string(']', 100), ("content-type", "application/json")), new WebhookVerification { Kind = WebhookVerification.None }, out var problem);
        Assert.Equal("too_deep", problem?.Code);
    }

    [Fact]
    public void The_workflow_gets_the_call_without_what_its_caller_is_recognized_by()
    {
        var input = WebhookBody.ToInput(
            Call("", ("x-github-event", "push"), ("authorization", "Bearer s"), ("cookie", "s"), ("x-hub-signature-256", "s"), ("x-gitlab-token", "s"), ("x-door", "s"), ("x-shopify-hmac-sha256", "s")) with
            {
                Query = new Dictionary<string, IReadOnlyList<string>> { ["a"] = ["1"], ["b"] = ["1", "2"] },
            },
            new WebhookVerification { Kind = WebhookVerification.FixedHeader, Header = "X-Door" }, out _);
        Assert.Equal("""{"method":"POST","headers":{"x-github-event":"push"},"query":{"a":"1","b":["1","2"]},"body":null,"contentType":null,"receivedAt":"2026-11-22T10:00:00.000Z"}""", input.GetRawText());
    }

    private static WebhookCall Call(string body, params (string Name, string? Value)[] headers) => new()
    {
        Method = "POST",
        Headers = headers.Where(h => h.Value is not null).ToDictionary(h => h.Name, h => h.Value!),
        Query = new Dictionary<string, IReadOnlyList<string>>(),
        Body = Encoding.UTF8.GetBytes(body),
        ReceivedAt = new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero),
    };
}
