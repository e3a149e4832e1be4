using Sos.Executors.Nodes.Rag;

namespace Sos.Executors.Tests.Rag;

public sealed class CitationsTests
{
    [Theory]
    [InlineData("It is 28 days [1].", 2, "It is 28 days [1].", "1", "")]
    [InlineData("Both [2][1] and again [2].", 2, "Both [2][1] and again [2].", "2,1", "")]
    [InlineData("One [1, 7] and none [9].", 3, "One [1] and none.", "1", "7,9")]
    [InlineData("See [1](https://x.example) and list[0].", 3, "See [1](https://x.example) and list[0].", "", "")]
    [InlineData("Nothing.", 3, "Nothing.", "", "")]
    public void Citations_are_held_against_the_sources(string answer, int sources, string kept, string cited, string invalid)
    {
        var citations = Citations.Check(answer, sources);
        Assert.Equal((kept, cited, invalid), (citations.Answer, string.Join(',', citations.Cited), string.Join(',', citations.Invalid)));
    }
}
