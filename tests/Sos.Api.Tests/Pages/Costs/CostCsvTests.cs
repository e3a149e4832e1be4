using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Pages.Costs;
using Sos.Api.Pages.SignIn;
using Sos.Api.Tests.Support;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Costs;

public sealed class CostCsvTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("  =1+1", "\"'  =1+1\"")]
    [InlineData("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\"")]
    [InlineData("-2", "\"'-2\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("＝1", "\"'＝1\"")]
    public void What_a_spreadsheet_would_run_is_text(string text, string field) => Assert.Equal(field, CostCsv.Field(text));

    [Fact]
    public void A_cost_that_is_unknown_is_empty() =>
        Assert.Equal(
            "model,provider,calls,input_tokens,output_tokens,cost_usd,unpriced_calls\r\nm,p,2,20,2,,2\r\n",
            CostCsv.Write([new CostLine("m", "p", null, null, new CostSum(2, 20, 2, 0, 2))], CostGrouping.Model));

    [Fact]
    public async Task The_file_has_what_the_signed_in_workspace_spent_by_node()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var workflow = await client.SaveAsync(Definitions.Transform("=dear"));
        await host.Database.ExecuteAsync($"""
            insert into model_cost_logs (id, workspace_id, workflow_id, node_id, model_name, provider, input_tokens, output_tokens, cost_usd) values
              (gen_random_uuid(), '{client.Workspace}', '{workflow}', 'a', 'm', 'p', 100, 10, 0.25), (gen_random_uuid(), '{client.Workspace}', '{workflow}', 'a', 'm', 'p', 1, 1, null),
              (gen_random_uuid(), '{client.Workspace}', null, null, 'm', 'p', 7, 7, 0.5), (gen_random_uuid(), '{other.Workspace}', null, 'x', 'm', 'p', 5, 5, 7)
            """);
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = host.Address };
        (await browser.GetAsync(host.Services.GetRequiredService<SignInLink>().Create(ApiKeyStore.Hash(client.Key)))).EnsureSuccessStatusCode();
        var answer = await browser.GetAsync("/costs.csv?period=today&by=node");
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"""
            node,workflow,workflow_id,calls,input_tokens,output_tokens,cost_usd,unpriced_calls
            (none),,,1,7,7,0.5,0
            a,"'=dear",{workflow},2,101,11,0.25,1

            """.ReplaceLineEndings("\r\n"), await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Nobody_gets_the_file_without_signing_in()
    {
        var host = await ApiHost.IdleAsync();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };
        var answer = await browser.GetAsync("/costs.csv");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("/sign-in", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
    }
}
