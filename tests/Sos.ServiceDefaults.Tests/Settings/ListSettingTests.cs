using Microsoft.Extensions.Configuration;
using Sos.ServiceDefaults.Settings;

namespace Sos.ServiceDefaults.Tests.Settings;

public sealed class ListSettingTests
{
    [Theory]
    [InlineData("a,b , c", "a|b|c")]
    [InlineData(" , ", "")]
    [InlineData("", "")]
    public void A_list_can_be_one_text_with_commas(string value, string expected) => Assert.Equal(expected, Read(("List", value)));

    [Fact]
    public void A_list_can_be_numbered_and_keeps_its_order() =>
        Assert.Equal("a|b|c", Read(("List:10", "c"), ("List:2", " b "), ("List:0", "a"), ("List:1", "")));

    [Fact]
    public void Both_together_are_one_list() => Assert.Equal("a|b", Read(("List:0", "b"), ("List", "a")));

    [Fact]
    public void A_list_that_is_not_there_is_empty() => Assert.Equal("", Read());

    private static string Read(params (string Key, string? Value)[] settings) => string.Join('|', new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value))).Build().GetList("List"));
}
