using Sos.Migrations.SigNoz;

namespace Sos.Migrations.Tests.SigNoz;

public sealed class SigNozContentTests
{
    [Fact]
    public void What_is_built_in_is_what_the_repository_has()
    {
        var builtIn = SigNozContent.BuiltIn();
        var files = SigNozContent.From(Repository.Path("deploy/signoz"));
        Assert.Equal(Texts(files.Dashboards), Texts(builtIn.Dashboards));
        Assert.Equal(Texts(files.Rules), Texts(builtIn.Rules));

        static IEnumerable<(string, string)> Texts(IReadOnlyList<SigNozDefinition> definitions) => definitions.Select(each => (each.Name, each.Body.ToJsonString()));
    }

    [Theory]
    [InlineData("There are no files in")]
    [InlineData("is not a JSON object with a 'name'", "dashboards/a.json", "[]")]
    [InlineData("is not a JSON object with a 'name'", "dashboards/a.json", """{ "name": 1 }""")]
    [InlineData("is not a JSON object with a 'alert'", "alerts/a.json", """{ "name": "a" }""")]
    [InlineData("is not JSON", "alerts/a.json", "{")]
    [InlineData("has two members of one name", "alerts/a.json", """{ "alert": "a", "alert": "b" }""")]
    [InlineData("both define 'a'", "alerts/a.json", """{ "alert": "a" }""", "alerts/b.json", """{ "alert": "a" }""")]
    public async Task A_file_that_can_not_be_used_is_told_by_its_name(string message, params string[] files)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in files.Chunk(2))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, file[0]))!);
            await File.WriteAllTextAsync(Path.Combine(folder.Path, file[0]), file[1]);
        }

        var error = Assert.Throws<SigNozException>(() => SigNozContent.From(folder.Path));

        Assert.Contains(message, error.Message);
        Assert.Contains(folder.Path, error.Message);
    }

    [Fact]
    public async Task Files_are_bounded_in_size_and_number()
    {
        using var folder = new TemporaryFolder();
        var alerts = Directory.CreateDirectory(Path.Combine(folder.Path, "alerts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(alerts, "large.json"), new string(' ', SigNozContent.MaxFileBytes + 1));
        Assert.Contains("is larger than 1024 KiB", Assert.Throws<SigNozException>(() => SigNozContent.From(folder.Path)).Message);

        for (var i = 0; i < SigNozContent.MaxFiles; i++)
            await File.WriteAllTextAsync(Path.Combine(alerts, $"{i}.json"), "{}");
        Assert.Contains("has 201 files; at most 200", Assert.Throws<SigNozException>(() => SigNozContent.From(folder.Path)).Message);
    }
}
