using System.Diagnostics;
using System.Text.Json;

namespace Sos.AppHost.Tests;

/// <summary>What <c>aspire publish</c> and azd are given.</summary>
public sealed class PublishTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sos-publish-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_Compose_file_in_the_repository_is_what_is_published()
    {
        await PublishAsync("--operation", "publish", "--step", "publish", "--output-path", _folder.FullName);

        var published = await ReadAsync(Path.Combine(_folder.FullName, "docker-compose.yaml"));
        var kept = await ReadAsync(Path.Combine(RepositoryFolder, "deploy", "compose", "docker-compose.yaml"));
        Assert.Equal(kept, published);
    }

    [Fact]
    public async Task The_example_of_settings_names_those_that_the_Compose_file_needs()
    {
        await PublishAsync("--operation", "publish", "--step", "publish", "--output-path", _folder.FullName);

        var needed = Names(await ReadAsync(Path.Combine(_folder.FullName, ".env")));
        var example = Names(await ReadAsync(Path.Combine(RepositoryFolder, "deploy", "compose", ".env.example")));
        Assert.Equal(needed.Order(), example.Order());
    }

    [Fact]
    public async Task The_manifest_for_azd_has_the_services_and_asks_for_the_rest()
    {
        var file = Path.Combine(_folder.FullName, "manifest.json");
        await PublishAsync("--publisher", "manifest", "--output-path", file);

        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var resources = manifest.RootElement.GetProperty("resources");
        var types = resources.EnumerateObject().ToDictionary(resource => resource.Name, resource => resource.Value.TryGetProperty("type", out var type) ? type.GetString() : null);
        Assert.Equal("project.v0", types["sos-api"]);
        Assert.Equal("project.v0", types["sos-executors"]);
        Assert.DoesNotContain(types.Values, type => type is null or "container.v0" or "container.v1");
        Assert.DoesNotContain("sos-migrations", types.Keys);
        foreach (var secret in (string[])["sos", "api-key", "secret-key", "signoz-ingestion-key"])
            Assert.True(resources.GetProperty(secret).GetProperty("inputs").GetProperty("value").GetProperty("secret").GetBoolean(), secret);
        var binding = resources.GetProperty("sos-api").GetProperty("bindings").GetProperty("http");
        Assert.True(binding.GetProperty("external").GetBoolean());
        Assert.False(binding.TryGetProperty("port", out _), "Container Apps has one address for the outside, and chooses its port.");
    }

    [Fact]
    public async Task A_local_database_is_not_published()
    {
        var output = await RunAsync("--operation", "publish", "--step", "publish", "--output-path", _folder.FullName, "--Sos:Database=Local");

        Assert.Contains("a deployment needs Container or External", output.Text, StringComparison.Ordinal);
        Assert.NotEqual(0, output.ExitCode);
    }

    private static string RepositoryFolder => Path.GetFullPath(Path.Combine(Projects.Sos_AppHost.ProjectPath, ".."));

    private async Task PublishAsync(params string[] arguments)
    {
        var output = await RunAsync(arguments);
        Assert.True(output.ExitCode == 0 && _folder.EnumerateFiles().Any(), output.Text);
    }

    private static async Task<(int ExitCode, string Text)> RunAsync(params string[] arguments)
    {
        var program = typeof(Situation).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", ["exec", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await errors);
    }

    private static async Task<string> ReadAsync(string file) => (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n");

    private static IEnumerable<string> Names(string settings) =>
        settings.Split('\n').Where(line => line.Contains('=') && !line.StartsWith('#')).Select(line => line[..line.IndexOf('=')]);
}
