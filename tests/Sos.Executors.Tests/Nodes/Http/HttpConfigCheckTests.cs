using System.Text.Json;
using Sos.Executors.Nodes.Http;

namespace Sos.Executors.Tests.Nodes.Http;

public sealed class HttpConfigCheckTests
{
    [Theory]
    [InlineData("""{"url": "https://example.com/{{ input.id }}"}""")]
    [InlineData("""{"url": "{{ input.url }}"}""")]
    [InlineData("""{"url": "{{ input.base }}/x", "json": {}, "auth": "{{ input.auth }}"}""")]
    [InlineData("""{"url": "http://localhost:5080/x", "auth": {"type": "apiKey", "value": "{{ secrets.k }}"}, "headers": {"X": "y"}}""")]
    public void A_good_config_has_no_problem(string config) => Assert.Empty(Check(config));

    [Theory]
    [InlineData("""{"url": "example.com/x"}""", "/url", "invalid_url")]
    [InlineData("""{"url": "ftp://{{ input.host }}/"}""", "/url", "invalid_url")]
    [InlineData("""{"url": "http://u:p@h/"}""", "/url", "invalid_url")]
    [InlineData("""{"url": "http://h/", "json": 1, "text": "x"}""", "/text", "invalid_config")]
    [InlineData("""{"url": "http://h/", "headers": {"a/b c": "x"}}""", "/headers/a~1b c", "invalid_header")]
    [InlineData("""{"url": "http://h/", "headers": {"Host": "x"}}""", "/headers/Host", "invalid_header")]
    [InlineData("""{"url": "http://h/", "auth": {"type": "bearer"}}""", "/auth", "invalid_config")]
    [InlineData("""{"url": "http://h/", "auth": {"type": "basic", "token": "t"}}""", "/auth", "invalid_config")]
    public void A_bad_config_is_refused_when_it_is_saved(string config, string pointer, string code) =>
        Assert.Equal([(pointer, code)], Check(config));

    [Fact]
    public void All_problems_are_found_at_once() =>
        Assert.Equal(["/url", "/form", "/text", "/headers/TE", "/auth"], Check(
            """{"url": "x", "json": 1, "form": {}, "text": "", "headers": {"TE": "x"}, "auth": {"type": "apiKey"}}""").Select(p => p.Pointer));

    private static (string Pointer, string Code)[] Check(string config) =>
        [.. HttpExecutor.Describe.CheckConfig!(JsonElement.Parse(config)).Select(p => (p.Pointer, p.Code))];
}
