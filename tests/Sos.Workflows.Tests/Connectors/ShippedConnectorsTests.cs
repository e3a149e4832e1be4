using System.Text.Json;
using Sos.Workflows.Connectors;

namespace Sos.Workflows.Tests.Connectors;

public sealed class ShippedConnectorsTests
{
    public static TheoryData<string> Ids => [.. ShippedConnectors.Ids.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_shipped_manifest_has_no_problem(string id)
    {
        var manifest = ManifestReader.Read(ShippedConnectors.Text(id), out var problems);
        Assert.True(manifest is not null, string.Join('\n', problems));
        Assert.Equal(id, manifest.Id);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_shipped_manifest_says_what_people_need_to_know(string id)
    {
        var manifest = ShippedConnectors.Find(id)!;
        Assert.NotEmpty(manifest.Description);
        Assert.NotEqual("other", manifest.Category);
        Assert.StartsWith("https://", manifest.Documentation, StringComparison.Ordinal);
        Assert.NotEmpty(manifest.Auth);
        Assert.All(manifest.Auth.Where(a => a.Type != "oauth2"), a => Assert.NotEmpty(a.Description));
        Assert.All(manifest.Auth.Where(a => a.Type == "oauth2"), a => Assert.NotNull(a.TokenUrl));
        Assert.InRange(manifest.Actions.Count, 2, 60);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Parameters_of_shipped_actions_have_schemas_that_compile(string id)
    {
        foreach (var (name, action) in ShippedConnectors.Find(id)!.Actions)
        {
            Assert.True(ActionPlan.TryCreate(action, out var plan, out _));
            Assert.True(Sos.Workflows.Json.JsonSchema.TryCompile(plan.Schema, out _, out var problems), $"{name}: {string.Join(' ', problems)}");
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_manifest_survives_being_stored(string id)
    {
        var manifest = ShippedConnectors.Find(id)!;
        var stored = JsonSerializer.Serialize(manifest, ConnectorJson.Default.ConnectorManifest);
        var read = JsonSerializer.Deserialize(stored, ConnectorJson.Default.ConnectorManifest)!;
        Assert.Equal(stored, JsonSerializer.Serialize(read, ConnectorJson.Default.ConnectorManifest));
        Assert.NotNull(ManifestReader.Read(stored, out var problems));
        Assert.Empty(problems);
    }
}
