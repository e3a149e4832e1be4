using System.Text.Json;
using Sos.Testing.OpenApi;
using Sos.Workflows.Connectors;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Connectors.OpenApi;

/// <summary>Documents as their owners publish them.</summary>
public sealed class PublishedDocumentTests
{
    [Fact]
    public async Task GitHubs_description_becomes_a_connector()
    {
        var bytes = await File.ReadAllBytesAsync(await NpmOpenApiDocuments.GitHubAsync());
        Assert.True(bytes.Length > 10_000_000);
        var before = GC.GetTotalAllocatedBytes();
        var reading = ConnectorDocument.Read(bytes, new ConnectorDocumentOptions { Id = "github-rest" });
        var allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(reading.Manifest is not null, string.Join('\n', reading.Problems));
        Assert.True(allocated < 4_000_000_000, $"{allocated / 1e6:N0} MB were allocated.");
        Assert.Equal("https://api.github.com", reading.Manifest.BaseUrl);
        Assert.InRange(reading.Manifest.Actions.Count, 1_200, 1_300);
        Assert.Equal(["operation_left_out"], reading.Warnings.Select(w => w.Code).Distinct());

        var create = reading.Manifest.Actions["issues.create"];
        Assert.Equal(("POST", "/repos/{owner}/{repo}/issues"), (create.Method, create.Path));
        Assert.Equal(["owner", "repo", "title"], create.Parameters.Where(p => p.Value.Required).Select(p => p.Key).Order());
        Assert.Equal(ParameterPlace.Body, create.Parameters["body"].In);
        Assert.Equal("/repos/{owner}/{repo}/contents/{+path}", reading.Manifest.Actions["repos.get-content"].Path);
        Assert.Equal(PaginationType.Link, reading.Manifest.Actions["issues.list-for-repo"].Pagination?.Type);
        Assert.All(reading.Manifest.Actions, a =>
        {
            Assert.True(ActionPlan.TryCreate(a.Value, out var plan, out var problems), $"{a.Key}: {string.Join(' ', problems)}");
            Assert.True(JsonSchema.TryCompile(plan.Schema, out _, out var mistakes), $"{a.Key}: {string.Join(' ', mistakes)}");
        });
        Assert.InRange(reading.Manifest.Actions.Max(a => JsonSerializer.SerializeToUtf8Bytes(a.Value, ConnectorJson.Default.ConnectorAction).Length), 1_000, 256 * 1024);
    }

    [Theory]
    [InlineData("2.0", "json")]
    [InlineData("2.0", "yaml")]
    [InlineData("3.0", "json")]
    [InlineData("3.0", "yaml")]
    [InlineData("3.1", "json")]
    [InlineData("3.1", "yaml")]
    public async Task The_petstore_is_understood_in_every_version_and_notation(string version, string format)
    {
        var reading = ConnectorDocument.Read(await File.ReadAllBytesAsync(await NpmOpenApiDocuments.PetstoreAsync(version, format)), new ConnectorDocumentOptions { Id = "petstore" });
        Assert.True(reading.Manifest is not null, string.Join('\n', reading.Problems));
        Assert.Matches("^https?://petstore.swagger.io/v2$", reading.Manifest.BaseUrl);
        var actions = reading.Manifest.Actions;
        Assert.InRange(actions.Count, 19, 25);

        Assert.Equal((ParameterPlace.Query, ListStyle.Repeat, true), (actions["findPetsByStatus"].Parameters["status"].In, actions["findPetsByStatus"].Parameters["status"].List, actions["findPetsByStatus"].Parameters["status"].Required));
        var add = actions["addPet"];
        Assert.Equal(BodyEncoding.Json, add.Encoding);
        Assert.Equal(["name", "photoUrls"], add.Parameters.Where(p => p.Value.Required).Select(p => p.Key).Order());
        Assert.Equal("available", add.Parameters["status"].Schema.GetProperty("enum")[0].GetString());
        Assert.Equal((BodyEncoding.Form, ParameterPlace.Path, ParameterPlace.Body),
            (actions["updatePetWithForm"].Encoding, actions["updatePetWithForm"].Parameters["petId"].In, actions["updatePetWithForm"].Parameters["name"].In));
        if (version == "3.1")
        {
            // There a file is the whole body.
            Assert.Equal((BodyEncoding.Text, "application/octet-stream"), (actions["uploadFile"].Encoding, actions["uploadFile"].ContentType));
            Assert.Equal("binary_body", Assert.Single(reading.Warnings).Code);
        }
        else
        {
            Assert.Equal(BodyEncoding.Multipart, actions["uploadFile"].Encoding);
            Assert.Equal("base64", actions["uploadFile"].Parameters["file"].Schema.GetProperty("required")[0].GetString());
            Assert.Empty(reading.Warnings);
        }
        Assert.Equal(ParameterPlace.Header, actions["deletePet"].Parameters["api_key"].In);
        Assert.Contains(reading.Manifest.Auth, a => a is { Type: "apiKey", In: AuthPlace.Header, Name: "api_key" });
        Assert.Contains(reading.Manifest.Auth, a => a is { Type: "oauth2", AuthorizationUrl: "http://petstore.swagger.io/oauth/dialog" });
    }
}
