using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

public sealed class StorableJsonTests
{
    [Theory]
    [InlineData("""{"a":[1,{"b":"\u0000"}]}""", "/a/1/b", "null_character")]
    [InlineData("""{"a":{"x\u0000":1}}""", "/a/x\uFFFD", "null_character")]
    [InlineData("""["\ud800"]""", "/0", "lone_surrogate")]
    [InlineData("""["\ud800\ud800\udc00"]""", "/0", "lone_surrogate")]
    [InlineData("""["\udc00\ud800"]""", "/0", "lone_surrogate")]
    [InlineData("""["\ud800x\udc00"]""", "/0", "lone_surrogate")]
    [InlineData("""{"n":1e309}""", "/n", "number_out_of_range")]
    [InlineData("""{"n":-1e1000000000000000000000}""", "/n", "number_out_of_range")]
    [InlineData("""{"n":1e-400}""", "/n", "number_out_of_range")]
    [InlineData("""{"n":0e-99999}""", "/n", "number_out_of_range")]
    [InlineData("""{"n":1.8e308}""", "/n", "number_out_of_range")]
    [InlineData("{", "", "invalid_json")]
    [InlineData("""{"a":[1,}""", "/a/0", "invalid_json")]
    [InlineData("[1] x", "", "invalid_json")]
    [InlineData("", "", "invalid_json")]
    public void Says_what_can_not_be_stored_and_where(string json, string pointer, string code)
    {
        var problem = Assert.Single(StorableJson.Check(Encoding.UTF8.GetBytes(json)));

        Assert.Equal((pointer, code), (problem.Pointer, problem.Code));
        Assert.EndsWith(".", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":"\\u0000","b":"\\\\u0000","c":"\ud83d\udc32","d":"\u0001","":{"e":[]}}""")]
    [InlineData("[1e308,4.9e-324,0,-0.0,1.7976931348623157e308,0.1,123456789012345678901234567890]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void Accepts_what_can_be_stored(string json) => Assert.Empty(StorableJson.Check(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void All_problems_are_reported_up_to_a_limit()
    {
        var json = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("\"\\u0000\"", 30)) + "]");

        Assert.Equal(20, StorableJson.Check(json).Count);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"/{i}"), StorableJson.Check(json, new StorableJsonLimits { MaxProblems = 5 }).Select(p => p.Pointer));
    }

    [Fact]
    public void Nesting_size_and_digits_are_limited()
    {
        var limits = new StorableJsonLimits { MaxDepth = 3, MaxBytes = 50, MaxNumberLength = 10 };

        Assert.Empty(StorableJson.Check("[[[1]]]"u8, limits));
        Assert.Equal(("/0/0/0", "too_deep"), Only(StorableJson.Check("[[[[1]]]]"u8, limits)));
        Assert.Equal(("", "too_large"), Only(StorableJson.Check(Encoding.UTF8.GetBytes($"\"{new string('a', 60)}\""), limits)));
        Assert.Equal(("/0", "number_out_of_range"), Only(StorableJson.Check("[12345678901]"u8, limits)));
    }

    [Fact]
    public void Nesting_to_the_limit_is_accepted_and_a_thousand_levels_are_survived()
    {
        Assert.Empty(StorableJson.Check(Nested(64)));
        Assert.Equal("too_deep", Assert.Single(StorableJson.Check(Nested(65))).Code);
        Assert.Equal("too_deep", Assert.Single(StorableJson.Check(Nested(100_000))).Code);

        static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
    }

    [Fact]
    public void Bytes_that_are_not_utf_8_are_refused()
    {
        Assert.Equal(("", "invalid_utf8"), Only(StorableJson.Check([(byte)'"', 0xC3, 0x28, (byte)'"'])));
    }

    [Fact]
    public void Checking_what_is_fine_allocates_nothing()
    {
        var json = Encoding.UTF8.GetBytes("""{"a":[1,2.5e3,{"b":"text \ud83d\udc32"}],"c":null}""");
        var value = JsonElement.Parse(json);
        StorableJson.Check(json);
        StorableJson.Check(value);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            StorableJson.Check(json);
            StorableJson.Check(value);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("""{"a\u0000":"x\u0000y"}""", "{\"a\uFFFD\":\"x\uFFFDy\"}")]
    [InlineData("""["\ud800","\ud83d\udc32","\udc00\ud800x"]""", "[\"\uFFFD\",\"🐲\",\"\uFFFD\uFFFDx\"]")]
    [InlineData("""["\\u0000\\\u0000"]""", "[\"\\\\u0000\\\\\uFFFD\"]")]
    public void Cleaning_replaces_what_is_no_character(string json, string expected)
    {
        var fromBytes = JsonElement.Parse(StorableJson.Clean(Encoding.UTF8.GetBytes(json).AsMemory()).Span);
        var fromElement = StorableJson.Clean(JsonElement.Parse(json));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), fromBytes));
        Assert.True(JsonElement.DeepEquals(fromBytes, fromElement));
        Assert.Empty(StorableJson.Check(fromElement));
    }

    [Fact]
    public void Cleaning_what_is_fine_returns_the_same()
    {
        ReadOnlyMemory<byte> json = """{"a":"\ud83d\udc32"}"""u8.ToArray();

        Assert.Equal(json, StorableJson.Clean(json));
        Assert.Same("fine 🐲", StorableJson.Clean("fine 🐲"));
    }

    [Fact]
    public void Cleaning_mends_broken_utf_8() =>
        Assert.Equal("\uFFFD(", JsonElement.Parse(StorableJson.Clean(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' }.AsMemory()).Span).GetString());

    [Property]
    public void A_cleaned_text_can_always_be_stored(string? text)
    {
        var cleaned = StorableJson.Clean(text ?? "");

        Assert.DoesNotContain('\0', cleaned);
        Assert.Empty(StorableJson.Check(JsonSerializer.SerializeToElement(cleaned)));
    }

    [Property]
    public void Cleaning_any_text_in_json_agrees_with_cleaning_the_text(string? text)
    {
        // Written by hand: a serializer would already replace half surrogates.
        var json = "\"" + string.Concat((text ?? "").Select(c => $"\\u{(int)c:x4}")) + "\"";

        Assert.Equal(StorableJson.Clean(text ?? ""), StorableJson.Clean(JsonElement.Parse(json)).GetString());
    }

    private static (string, string) Only(IReadOnlyList<JsonProblem> problems) => (Assert.Single(problems).Pointer, problems[0].Code);
}
