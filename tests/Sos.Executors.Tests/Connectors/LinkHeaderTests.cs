using FsCheck.Xunit;
using Sos.Executors.Connectors.Http;

namespace Sos.Executors.Tests.Connectors;

public sealed class LinkHeaderTests
{
    [Theory]
    [InlineData("<https://a.b/?page=2>; rel=\"next\", <https://a.b/?page=9>; rel=\"last\"", "https://a.b/?page=2")]
    [InlineData("<https://a.b/1>; rel=\"prev\", <https://a.b/3>; title=\"x, y; rel=\"; rel=next", "https://a.b/3")]
    [InlineData("</2>; REL=\"first Next\"", "/2")]
    [InlineData("<https://a.b/a,b;c>; type=\"text/html\" ; rel = \"next\"", "https://a.b/a,b;c")]
    [InlineData("<https://a.b/2>; rel=\"nextish\"", null)]
    [InlineData("<https://a.b/2>; title=\"rel=next\"", null)]
    [InlineData("no link at all", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_next_link_is_the_one_whose_relation_says_so(string? header, string? next) => Assert.Equal(next, LinkHeader.Next(header));

    [Property]
    public void Any_text_is_read_without_failing(string text) => _ = LinkHeader.Next(text);
}
