using Sos.Testing.Models;

namespace Sos.Executors.Tests.Models;

/// <summary>What calls cost, and what stops them.</summary>
public sealed class LedgerTests : IAsyncLifetime
{
    private ModelHost host = null!;

    public async Task InitializeAsync() => host = await ModelHost.StartAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task A_workspaces_own_price_is_applied_exactly()
    {
        var price = await PriceAsync("openai", "mine", "0.1234567891", "0.3");
        host.Server.Enqueue(ModelReply.Say("x", new ModelUsage(1_000_003, 7)));
        var asked = await host.AskAsync("mine", with: c => c with { Provider = "openai" });
        Assert.Equal(0.1234592595m, asked.Row.CostUsd); // 0.12345678913703… + 0.0000021, to ten digits
        Assert.Equal((asked.Row.CostUsd, price), (asked.Reply.CostUsd, asked.Row.PriceId));
        Assert.Equal(asked.Row.CostUsd, (decimal)(double)asked.Span.GetTagItem("llm.cost_usd")!);
        Assert.Equal(asked.Row.CostUsd, asked.Event("model_called").Context!.Value.GetProperty("costUsd").GetDecimal());
    }

    [Fact]
    public async Task An_unknown_price_is_unknown_and_not_zero()
    {
        var asked = await host.AskAsync("openai/nobody-knows");
        Assert.Equal((null, null, null), (asked.Row.CostUsd, asked.Reply.CostUsd, asked.Span.GetTagItem("llm.cost_usd")));
        Assert.Equal("warning", asked.Event("model_price_missing").Status);
        Assert.Equal(10, asked.Row.Usage.InputTokens);
    }

    [Fact]
    public async Task A_deployment_of_any_name_costs_what_the_model_behind_it_does()
    {
        host.Server.Enqueue(ModelReply.Say("x", new ModelUsage(1_000_000, 0)) with { Model = "gpt-4.1-mini-2025-04-14" });
        Assert.Equal(0.4m, (await host.AskAsync("azure/our-deployment")).Row.CostUsd);
    }

    [Fact]
    public async Task Usage_that_is_not_told_leaves_the_cost_unknown()
    {
        host.Server.Enqueue(ModelReply.Say("x") with { Usage = null });
        var asked = await host.AskAsync("gpt-4.1", with: c => c with { Stream = true });
        Assert.Null(asked.Row.CostUsd);
        Assert.Equal("warning", asked.Event("model_usage_missing").Status);
    }

    [Fact]
    public async Task The_demo_costs_nothing_and_says_what_it_is()
    {
        await BudgetAsync("day", "0.0000000001");
        var asked = await host.AskAsync("demo");
        Assert.Equal((0m, true, "demo"), (asked.Row.CostUsd, asked.Reply.IsDemo, asked.Row.Provider));
        Assert.Equal((true, System.Diagnostics.ActivityKind.Internal), (asked.Span.GetTagItem("llm.demo"), asked.Span.Kind));
        Assert.StartsWith("[demo model]", asked.Reply.Response.Text, StringComparison.Ordinal);
        Assert.True(asked.Event("model_called").Context!.Value.GetProperty("demo").GetBoolean());
        Assert.True(asked.Row.Usage.InputTokens > 0);
    }

    [Fact]
    public async Task A_call_that_could_exceed_the_budget_is_not_made()
    {
        await PriceAsync("openai", "priced", "1", "1000");
        await BudgetAsync("day", "0.5");
        var error = (await host.AskAsync("openai/priced", with: c => c with { Options = new() { MaxOutputTokens = 1000 } })).Error;
        Assert.Equal(("budget_exceeded", false), (error.Code, error.Retryable));
        Assert.Contains("$0.50", error.Message, StringComparison.Ordinal);
        Assert.Empty(host.Server.Requests);
        Assert.Equal("ok", (await host.AskAsync("openai/priced", with: c => c with { Options = new() { MaxOutputTokens = 400 } })).Reply.Response.Text);
    }

    [Fact]
    public async Task What_a_node_has_not_committed_counts_against_the_budget()
    {
        await PriceAsync("openai", "priced", "1000", "0");
        await BudgetAsync("run", "0.015");
        host.Server.Answer = _ => ModelReply.Say("x", new ModelUsage(10, 0)); // a cent
        var context = host.NewContext();
        var call = new Sos.Executors.Models.ChatCall { Model = "openai/priced", Messages = [new(Microsoft.Extensions.AI.ChatRole.User, "Hi")] };
        await host.Calls.ChatAsync(call, context, default);
        var e = await Assert.ThrowsAsync<Sos.Executors.Models.ModelCallException>(() => host.Calls.ChatAsync(call, context, default));
        Assert.Equal("budget_exceeded", e.Error.Code);
        Assert.Single(host.Server.Requests);
        ModelHost.Commit(context);
    }

    [Fact]
    public async Task Calls_under_way_count_against_the_budgets_they_share()
    {
        await PriceAsync("openai", "priced", "0", "1000");
        await BudgetAsync("day", "1");
        var held = new TaskCompletionSource();
        host.Server.Answer = _ => ModelReply.Say("x", new ModelUsage(0, 1)) with { Until = held.Task };
        Task<Asked> Ask() => host.AskAsync("openai/priced", with: c => c with { Options = new() { MaxOutputTokens = 600 } });
        var first = Ask();
        await host.Server.UntilAsync(s => s.Requests.Count == 1);
        Assert.Equal("budget_exceeded", (await Ask()).Error.Code);

        // Another run's budget is its own.
        await host.Database.ExecuteAsync("update budgets set period = 'run'");
        var second = Ask();
        await host.Server.UntilAsync(s => s.Requests.Count == 2);
        held.SetResult();
        Assert.Equal(["x", "x"], [(await first).Reply.Response.Text, (await second).Reply.Response.Text]);
        Assert.NotNull((await Ask()).MaybeReply);
    }

    private async Task<Guid> PriceAsync(string provider, string model, string input, string output)
    {
        var id = Guid.CreateVersion7();
        await host.Database.ExecuteAsync($"""
            insert into model_prices (id, workspace_id, provider, model, input_per_million, output_per_million, valid_from)
            values ('{id}', '{host.Workspace}', '{provider}', '{model}', {input}, {output}, '2020-01-01')
            """);
        return id;
    }

    private Task BudgetAsync(string period, string limit) => host.Database.ExecuteAsync(
        $"insert into budgets (id, workspace_id, period, limit_usd) values ('{Guid.CreateVersion7()}', '{host.Workspace}', '{period}', {limit})");
}
