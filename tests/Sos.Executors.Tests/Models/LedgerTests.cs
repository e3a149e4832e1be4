using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Models.Calls;
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

    [Fact]
    public async Task What_is_answered_and_not_committed_counts_for_everybody_who_shares_the_budget()
    {
        await PriceAsync("openai", "priced", "1000", "0");
        await BudgetAsync("day", "0.025");
        host.Server.Answer = _ => ModelReply.Say("x", new ModelUsage(10, 0)); // a cent
        var slow = host.NewContext();
        var call = new Sos.Executors.Models.ChatCall { Model = "openai/priced", Messages = [new(Microsoft.Extensions.AI.ChatRole.User, "Hi")] };
        await host.Calls.ChatAsync(call, slow, default);
        Assert.Equal("x", (await host.AskAsync("openai/priced")).Reply.Response.Text); // committed at once
        var tool = slow.ForTool("1", slow.Config, _ => Task.CompletedTask);
        await host.Calls.ChatAsync(call, tool, default);
        Assert.Equal("budget_exceeded", (await host.AskAsync("openai/priced")).Error.Code);
        slow.Records.Add(tool.Records.Take());
        Assert.Equal(2, ModelHost.Commit(slow).ModelCalls.Count);
        Assert.Equal("x", (await host.AskAsync("openai/priced")).Reply.Response.Text);
    }

    [Fact]
    public void An_answered_call_that_is_never_logged_counts_for_an_hour()
    {
        var clock = new FakeTimeProvider();
        var reservations = new ModelReservations(clock);
        var execution = host.NewContext().Execution;
        var answered = reservations.Reserve(execution, 3);
        answered.Settle(2);
        reservations.Reserve(execution, 1); // under way, however long
        var asking = reservations.Reserve(execution, 0);
        clock.Advance(ModelReservations.LongestUncommitted - TimeSpan.FromSeconds(1));
        Assert.Equal(3, reservations.Before(asking).Execution);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, reservations.Before(asking).Execution);
        answered.Dispose();
        asking.Dispose();
        asking.Dispose();
    }

    [Fact]
    public async Task The_executions_of_a_run_share_its_budget_while_their_calls_are_under_way()
    {
        await PriceAsync("openai", "priced", "0", "1000");
        await BudgetAsync("run", "1");
        var (root, one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await host.Database.ExecuteAsync($$"""
            insert into workflow_versions (id, workspace_id, workflow_id, version, definition) values ('{{host.Workflow}}', '{{host.Workspace}}', '{{host.Workflow}}', 1, '{}');
            insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, input, traceparent, trace_id, parent_execution_id)
            select e.id, w.id, w.organization_id, '{{host.Workflow}}', '{{host.Workflow}}', 1, 'test', '{}', '', '', e.parent
            from workspaces w, (values ('{{root}}'::uuid, null), ('{{one}}', '{{root}}'::uuid), ('{{other}}', '{{root}}')) as e(id, parent)
            where w.id = '{{host.Workspace}}'
            """);
        var held = new TaskCompletionSource();
        host.Server.Answer = _ => ModelReply.Say("x", new ModelUsage(0, 1)) with { Until = held.Task };
        Task<Asked> Ask(Guid? execution) => host.AskAsync("openai/priced", with: c => c with { Options = new() { MaxOutputTokens = 600 } }, context: host.NewContext(execution: execution));
        var first = Ask(one);
        await host.Server.UntilAsync(s => s.Requests.Count == 1);
        Assert.Equal("budget_exceeded", (await Ask(other)).Error.Code);
        Assert.Equal("budget_exceeded", (await Ask(root)).Error.Code);
        var elsewhere = Ask(null);
        await host.Server.UntilAsync(s => s.Requests.Count == 2);
        held.SetResult();
        Assert.NotNull((await first).MaybeReply);
        Assert.NotNull((await elsewhere).MaybeReply);
        Assert.NotNull((await Ask(other)).MaybeReply);
    }

    [Fact]
    public async Task The_longest_answer_that_is_asked_for_by_default_is_held_against_the_budget()
    {
        await PriceAsync("anthropic", "priced", "0", "100"); // 8192 tokens are 0.82
        await BudgetAsync("day", "0.5");
        Assert.Equal("budget_exceeded", (await host.AskAsync("anthropic/priced")).Error.Code);
        Assert.Empty(host.Server.Requests);
        await host.Database.ExecuteAsync("update budgets set limit_usd = 0.9");
        Assert.NotNull((await host.AskAsync("anthropic/priced")).MaybeReply);
        Assert.Equal(8192, host.Server.Request.Body.GetProperty("max_tokens").GetInt32());
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
