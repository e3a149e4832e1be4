using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Tests.Support;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Approvals;

public sealed class ApprovalReaderTests
{
    [Fact]
    public async Task What_waits_is_in_the_inbox_until_it_is_decided_and_then_in_the_history()
    {
        var host = await ApiHost.ExecutingAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var approvals = host.Services.GetRequiredService<ApprovalReader>();
        var execution = await client.StartAsync(await client.SaveAsync(Definitions.Approval()));
        await client.UntilAsync(execution, "waiting");

        var waiting = Assert.Single(await approvals.WaitingAsync(client.Workspace, 10, CancellationToken.None));
        Assert.Equal((execution, "ask", "ask", "Really?"), (waiting.ExecutionId.ToString(), waiting.WorkflowName, waiting.NodeId, waiting.Message));
        Assert.NotNull(waiting.Since);
        Assert.Equal((1, 0), (await approvals.CountAsync(client.Workspace, CancellationToken.None), await approvals.CountAsync(other.Workspace, CancellationToken.None)));
        Assert.Empty(await approvals.WaitingAsync(other.Workspace, 10, CancellationToken.None));

        (await client.PostAsync($"/executions/{execution}/approvals/ask", """{"decision": "reject", "comment": "Too much"}""")).Expect(HttpStatusCode.Accepted);
        await client.UntilAsync(execution, "completed");
        Assert.Empty(await approvals.WaitingAsync(client.Workspace, 10, CancellationToken.None));
        var decided = Assert.Single(await approvals.DecidedAsync(client.Workspace, 10, CancellationToken.None));
        Assert.Equal((false, "Too much", "u", false), (decided.Approved, decided.Comment, decided.DecidedBy, decided.Expired));
        Assert.Empty(await approvals.DecidedAsync(other.Workspace, 10, CancellationToken.None));
    }
}
