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
    [InlineData("""{"url": "http://h/", "file": "in/{{ input.name }}", "contentType": "text/csv"}""")]
    [InlineData("""{"url": "http://h/", "multipart": [{"name": "a", "value": null}, {"name": "b", "file": "c.txt"}], "download": {"path": "x"}}""")]
    [InlineData("""{"url": "http://h/", "pagination": {"type": "link"}, "responseType": "json"}""")]
    [InlineData("""{"url": "http://h/", "json": {}, "pagination": {"type": "cursor", "next": "/n", "body": "c"}}""")]
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
    [InlineData("""{"url": "http://h/", "file": "a", "multipart": []}""", "/multipart", "invalid_config")]
    [InlineData("""{"url": "http://h/", "file": "../a"}""", "/file", "path_not_allowed")]
    [InlineData("""{"url": "http://h/", "multipart": [{"name": "a", "file": "/b"}]}""", "/multipart/0/file", "path_not_allowed")]
    [InlineData("""{"url": "http://h/", "multipart": [{"name": "a", "value": 1}, {"name": "a"}]}""", "/multipart/1", "invalid_config")]
    [InlineData("""{"url": "http://h/", "multipart": [{"name": "a", "value": 1}], "contentType": "text/plain"}""", "/contentType", "invalid_config")]
    [InlineData("""{"url": "http://h/", "download": {"path": "a\b"}}""", "/download/path", "path_not_allowed")]
    [InlineData("""{"url": "http://h/", "download": {"path": "a"}, "responseType": "json"}""", "/responseType", "invalid_config")]
    [InlineData("""{"url": "http://h/", "download": {"path": "a"}, "method": "HEAD"}""", "/download", "invalid_config")]
    [InlineData("""{"url": "http://h/", "download": {"path": "a"}, "pagination": {"type": "link"}}""", "/download", "invalid_config")]
    [InlineData("""{"url": "http://h/", "responseType": "text", "pagination": {"type": "link"}}""", "/responseType", "invalid_config")]
    [InlineData("""{"url": "http://h/", "pagination": {"type": "cursor", "query": "c"}}""", "/pagination", "invalid_config")]
    [InlineData("""{"url": "http://h/", "pagination": {"type": "page"}}""", "/pagination", "invalid_config")]
    [InlineData("""{"url": "http://h/", "pagination": {"type": "page", "query": "p", "body": "p"}}""", "/pagination", "invalid_config")]
    [InlineData("""{"url": "http://h/", "pagination": {"type": "page", "body": "p"}}""", "/pagination", "invalid_config")]
    [InlineData("""{"url": "http://h/", "pagination": {"type": "link", "query": "p"}}""", "/pagination", "invalid_config")]
    public void A_bad_config_is_refused_when_it_is_saved(string config, string pointer, string code) =>
        Assert.Equal([(pointer, code)], Check(config));

    [Fact]
    public void All_problems_are_found_at_once() =>
        Assert.Equal(["/url", "/form", "/text", "/headers/TE", "/auth"], Check(
            """{"url": "x", "json": 1, "form": {}, "text": "", "headers": {"TE": "x"}, "auth": {"type": "apiKey"}}""").Select(p => p.Pointer));

    private static (string Pointer, string Code)[] Check(string config) =>
        [.. HttpExecutor.Describe.CheckConfig!(JsonElement.Parse(config)).Select(p => (p.Pointer, p.Code))];
}
