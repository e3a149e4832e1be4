using Sos.Testing.Npm;

namespace Sos.Testing.OpenApi;

/// <summary>OpenAPI documents that others wrote, as npm packages: what SOS must be able to import.</summary>
public static class NpmOpenApiDocuments
{
    private static readonly Lazy<Task<string>> GitHubs = new(() => NpmPackages.InstallAsync("openapi-github-23.0.2", "@octokit/openapi@23.0.2"));
    private static readonly Lazy<Task<string>> Examples = new(() => NpmPackages.InstallAsync("openapi-examples-8.2.2", "@readme/oas-examples@8.2.2"));

    /// <summary>GitHub's description of its REST API (<c>@octokit/openapi</c>), 13 MB of JSON with more than a thousand operations.</summary>
    public static async Task<string> GitHubAsync() => Path.Combine(await GitHubs.Value, "@octokit", "openapi", "generated", "api.github.com.json");

    /// <summary>Swagger's Petstore, out of <c>@readme/oas-examples</c>.</summary>
    /// <param name="version"><c>2.0</c> (Swagger), <c>3.0</c> or <c>3.1</c>.</param>
    /// <param name="format"><c>json</c> or <c>yaml</c>.</param>
    public static async Task<string> PetstoreAsync(string version, string format) => Path.Combine(await Examples.Value, "@readme", "oas-examples", version, format, $"petstore.{format}");
}
