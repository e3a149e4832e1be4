using Sos.Executors.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary>Servers are started once, shared, replaced when they fail and stopped when nobody needs them.</summary>
public sealed class SupervisionTests
{
    [NpmFact]
    public async Task Concurrent_first_calls_share_one_process()
    {
        await using var host = McpHost.WithScript(["pid"]);

        var processes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => host.NumberAsync("scripted", "pid")));

        Assert.Equal(host.Started, processes.Distinct());
    }

    [NpmFact]
    public async Task A_server_killed_in_a_call_fails_that_call_retryably_and_the_next_starts_it_anew()
    {
        await using var host = await McpHost.WithEverythingAsync();
        await host.ListAsync("everything");
        var call = host.CallErrorAsync("everything", "trigger-long-running-operation", """{ "duration": 60, "steps": 2 }""");
        Assert.False(call.IsCompleted);

        Processes.Kill(Assert.Single(host.Started));

        var error = await call;
        Assert.Equal(("mcp_server_crashed", true), (error.Code, error.Retryable));
        Assert.Contains("its process ended with exit code 137", error.Message, StringComparison.Ordinal);
        Assert.Equal("Echo: again", await host.TextAsync("everything", "echo", """{ "message": "again" }"""));
        Assert.Equal(2, host.Started.Count);
    }

    [NpmFact]
    public async Task A_server_killed_between_calls_is_not_noticed_by_the_next_call()
    {
        await using var host = McpHost.WithScript(["pid"]);
        var first = await host.NumberAsync("scripted", "pid");

        Processes.Kill(first);
        await Processes.UntilAsync(() => host.Log.Contains("MCP server 'scripted' ended: its process ended with exit code 137."), "the notice of the end");

        Assert.NotEqual(first, await host.NumberAsync("scripted", "pid"));
    }

    [NpmFact]
    public async Task A_tool_that_ends_its_server_again_and_again_makes_it_unavailable_for_a_while()
    {
        using var time = new AdvancingTime();
        await using var host = McpHost.WithScript(["exit", "pid"], time);
        for (var i = 0; i < RestartPolicy.MaxFailures; i++)
        {
            var crash = await host.CallErrorAsync("scripted", "exit");
            Assert.True(crash.Code == "mcp_server_crashed", $"{crash.Code}: {crash.Message}");
            Assert.Contains("its process ended with exit code 7", crash.Message, StringComparison.Ordinal);
        }

        var error = await host.CallErrorAsync("scripted", "pid");
        Assert.Equal(("mcp_server_unavailable", true), (error.Code, error.Retryable));
        Assert.InRange(error.RetryAfter!.Value, TimeSpan.FromSeconds(30), RestartPolicy.Cooldown);
        Assert.Equal(RestartPolicy.MaxFailures, host.Started.Count);

        time.Advance(RestartPolicy.Cooldown);
        await host.NumberAsync("scripted", "pid");
    }

    [NpmFact]
    public async Task Who_cleared_a_server_away_after_it_crashed_did_not_stop_it()
    {
        await using var host = McpHost.WithScript(["pid", "exit"]);
        var (connector, crashed) = await host.ConnectAsync("scripted");
        await using var _ = connector;
        Processes.Kill(Assert.Single(host.Started));
        await crashed.Ended;
        await crashed.DisposeAsync();
        var error = await Assert.ThrowsAsync<McpCallException>(() => crashed.ListToolsAsync(null, default));
        Assert.Equal(("mcp_server_crashed", true), (error.Error.Code, error.NothingSent));

        var stopped = await connector.ConnectAsync(McpServerReference.Named(McpHost.Workspace, "scripted"), host.Server("scripted"), default);
        await stopped.DisposeAsync();
        var ours = await Assert.ThrowsAnyAsync<Exception>(() => stopped.ListToolsAsync(null, default));
        Assert.NotEqual("mcp_server_crashed", (ours as McpCallException)?.Error.Code);
    }

    [NpmFact]
    public async Task A_list_is_asked_for_once_until_it_is_old_or_the_server_says_it_changed()
    {
        using var time = new AdvancingTime();
        await using var host = McpHost.WithScript(["lists", "changed"], time, o => o.ToolListTtl = TimeSpan.FromMinutes(1));
        for (var i = 0; i < 5; i++)
            await host.ListAsync("scripted");
        Assert.Equal("1", await host.TextAsync("scripted", "lists"));

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("2", await host.TextAsync("scripted", "lists"));

        host.SetTools("lists", "changed", "new");
        Assert.DoesNotContain(await host.ListAsync("scripted"), t => t.Name == "new");
        await host.CallAsync("scripted", "changed");
        await Processes.UntilAsync(async () => (await host.ListAsync("scripted")).Any(t => t.Name == "new"), "the new list");
        Assert.Equal("3", await host.TextAsync("scripted", "lists"));
    }

    [NpmFact]
    public async Task A_tool_that_was_added_silently_is_found()
    {
        using var time = new AdvancingTime();
        await using var host = McpHost.WithScript(["lists"], time);
        await host.ListAsync("scripted");
        host.SetTools("lists", "pid");

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(await host.NumberAsync("scripted", "pid") > 0);
    }

    [NpmFact]
    public async Task Lists_are_bounded_in_count_and_size()
    {
        await using var host = McpHost.WithScript([.. Enumerable.Range(0, 30).Select(i => $"tool-{i}"), "bulky"], change: o => o.MaxTools = 25);
        Assert.Equal(25, (await host.ListAsync("scripted")).Count);
        Assert.Contains("MCP server 'scripted' has more than 25 tools; the rest is left out.", host.Log);

        await using var other = McpHost.WithScript(["bulky", "slim"]);
        Assert.Equal(["slim"], (await other.ListAsync("scripted")).Select(t => t.Name));
        Assert.Contains(other.Log, l => l.StartsWith("The tool 'bulky' of MCP server 'scripted' is left out: its input schema has 100", StringComparison.Ordinal));
    }

    [NpmFact]
    public async Task An_idle_server_is_stopped_and_started_again_on_demand()
    {
        using var time = new AdvancingTime();
        await using var host = McpHost.WithScript(["pid"], time);
        var first = await host.NumberAsync("scripted", "pid");

        time.Advance(TimeSpan.FromMinutes(6));

        await Processes.GoneAsync(first);
        Assert.NotEqual(first, await host.NumberAsync("scripted", "pid"));
    }

    [NpmFact]
    public async Task A_server_in_use_is_not_idle()
    {
        using var time = new AdvancingTime();
        await using var host = McpHost.WithScript(["pid", "silence"], time, changeServer: s => s.CallTimeout = TimeSpan.FromHours(1));
        var process = await host.NumberAsync("scripted", "pid");
        using var stop = new CancellationTokenSource();
        var call = host.CallAsync("scripted", "silence", cancellationToken: stop.Token);

        time.Advance(TimeSpan.FromMinutes(30));

        Assert.Equal(process, await host.NumberAsync("scripted", "pid"));
        Assert.False(call.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [NpmFact]
    public async Task A_slow_answer_is_a_timeout_and_the_server_stays()
    {
        await using var host = McpHost.WithScript(["pid", "silence"], changeServer: s => s.CallTimeout = TimeSpan.FromMilliseconds(500));
        var process = await host.NumberAsync("scripted", "pid");

        var error = await host.CallErrorAsync("scripted", "silence");

        Assert.Equal(("mcp_timeout", true), (error.Code, error.Retryable));
        Assert.Contains("did not answer the call of 'silence' within 0.5 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(process, await host.NumberAsync("scripted", "pid"));
    }

    [NpmFact]
    public async Task A_frozen_server_is_replaced_after_a_timeout()
    {
        using var time = new AdvancingTime();
        await using var host = McpHost.WithScript(["pid", "freeze"], time);
        var process = await host.NumberAsync("scripted", "pid");
        var call = host.CallErrorAsync("scripted", "freeze");

        await Processes.UntilAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(15));
                return !await Processes.IsAliveAsync(process);
            },
            "the end of the frozen server");

        Assert.Equal("mcp_timeout", (await call).Code);
        Assert.NotEqual(process, await host.NumberAsync("scripted", "pid"));
    }

    [NpmFact]
    public async Task Cancelling_ends_the_call_at_once_and_not_the_server()
    {
        await using var host = await McpHost.WithEverythingAsync();
        await host.ListAsync("everything");
        using var stop = new CancellationTokenSource();
        var call = host.CallAsync("everything", "trigger-long-running-operation", """{ "duration": 60, "steps": 2 }""", stop.Token);
        Assert.False(call.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal("Echo: on", await host.TextAsync("everything", "echo", """{ "message": "on" }"""));
        Assert.Single(host.Started);
    }

    [NpmFact]
    public async Task Calls_wait_for_their_turn()
    {
        await using var host = McpHost.WithScript(["pid", "silence"], changeServer: s => s.MaxConcurrentCalls = 1);
        using var stop = new CancellationTokenSource();
        var first = host.CallAsync("scripted", "silence", cancellationToken: stop.Token);
        await Processes.UntilAsync(() => host.Started.Count == 1, "the start");

        var second = host.NumberAsync("scripted", "pid");
        Assert.False(second.IsCompleted);
        await stop.CancelAsync();

        Assert.Equal(host.Started.Single(), await second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }
}
