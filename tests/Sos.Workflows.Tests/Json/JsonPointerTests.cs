using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

public sealed class JsonPointerTests
{
    private static readonly JsonElement Document = JsonElement.Parse("""{"a/b":[10,{"c~d":20,"":30}],"01":40}"""u8);

    [Theory]
    [InlineData("/a~1b/0", "10")]
    [InlineData("/a~1b/1/c~0d", "20")]
    [InlineData("/a~1b/1/", "30")]
    [InlineData("/01", "40")]
    public void Leads_to_a_value(string pointer, string expected)
    {
        Assert.True(JsonPointer.TryResolve(Document, pointer, out var value));
        Assert.Equal(expected, value.GetRawText());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/a~1b/01")]
    [InlineData("/a~1b/2")]
    [InlineData("/a~1b/-1")]
    [InlineData("/a~1b/0/x")]
    [InlineData("/none")]
    public void Leads_nowhere(string pointer) => Assert.False(JsonPointer.TryResolve(Document, pointer, out _));

    [Fact]
    public void Escapes_and_unescapes_names() =>
        Assert.Equal(["x", "a/b~1", "3"], JsonPointer.Segments(JsonPointer.Append(JsonPointer.Append("/x", "a/b~1"), 3)));
}
