using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Tests.Support;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Triggers;

public sealed class TriggerHistoryTests
{
    [Fact]
    public async Task Each_trigger_has_its_latest_runs_and_none_of_another_workspace()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var workflow = await client.SaveAsync(Definitions.Transform());
        var (schedule, webhook) = (Guid.NewGuid(), Guid.NewGuid());
        string[] runs = [await client.StartAsync(workflow), await client.StartAsync(workflow), await client.StartAsync(workflow), await client.StartAsync(workflow)];
        await host.Database.ExecuteAsync($$"""
            update workflow_executions set trigger = '{"type": "schedule", "id": "{{schedule}}"}' where id in ('{{runs[0]}}', '{{runs[1]}}', '{{runs[2]}}');
            update workflow_executions set trigger = '{"type": "webhook", "id": "{{webhook}}"}' where id = '{{runs[3]}}'
            """);
        var history = host.Services.GetRequiredService<TriggerHistory>();
        var latest = await history.LatestAsync(client.Workspace, [schedule, webhook, Guid.NewGuid()], 2, CancellationToken.None);
        Assert.Equal([runs[2], runs[1]], latest[schedule].Select(r => r.ExecutionId.ToString()));
        Assert.Equal([runs[3]], latest[webhook].Select(r => r.ExecutionId.ToString()));
        Assert.Empty(await history.LatestAsync(other.Workspace, [schedule], 2, CancellationToken.None));
    }
}
