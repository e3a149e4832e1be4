using System.Text;
using Sos.Workflows.Connectors;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class ConnectorStoreTests
{
    [Fact]
    public async Task The_actions_of_a_workspace_take_so_many_bytes_and_no_more()
    {
        await using var models = await ModelDatabase.CreateAsync();
        var store = new ConnectorStore(models.Api) { Room = 2_000 };
        Assert.IsType<SaveConnectorResult.Saved>(await store.CreateAsync(models.Who, Connector("one", 500), ConnectorReading.ByHand, CancellationToken.None));
        Assert.IsType<SaveConnectorResult.TooMany>(await store.CreateAsync(models.Who, Connector("two", 1_800), ConnectorReading.ByHand, CancellationToken.None));
        Assert.IsType<SaveConnectorResult.TooMany>(await store.ReplaceAsync(models.Who, Connector("one", 3_000), ConnectorReading.ByHand, CancellationToken.None));
        Assert.IsType<SaveConnectorResult.Saved>(await store.ReplaceAsync(models.Who, Connector("one", 1_000), ConnectorReading.ByHand, CancellationToken.None));
    }

    private static ConnectorManifest Connector(string id, int length) => ConnectorDocument.Read(Encoding.UTF8.GetBytes($$$"""
        {"id": "{{{id}}}", "title": "T", "baseUrl": "https://a.test", "actions": {"get": {"title": "Get", "description": "{{{new string('d', length)}}}", "path": "/a"} } }
        """), new ConnectorDocumentOptions()).Manifest!;
}
