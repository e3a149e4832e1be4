using Sos.Executors.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary>Programs that are no MCP servers, or poor ones.</summary>
public sealed class BadServerTests
{
    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        await using var host = new McpHost();
        host.Add("lost", new McpServerOptions { Command = "no-such-program-anywhere" });

        var error = await host.ListErrorAsync("lost");

        Assert.Equal("mcp_server_unavailable", error.Code);
        Assert.Equal("The MCP server 'lost' does not start: the program 'no-such-program-anywhere' is not there. Install it on the executors, or correct Sos:Mcp:Servers:lost:Command.", error.Message);
    }

    [Fact]
    public async Task A_working_directory_that_is_not_there_is_named()
    {
        await using var host = new McpHost();
        host.Add("lost", new McpServerOptions { Command = "/bin/sh", WorkingDirectory = "/no/such/folder" });

        Assert.Contains("its working directory '/no/such/folder' is not there", (await host.ListErrorAsync("lost")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_ends_at_once_is_reported_with_its_exit_code()
    {
        await using var host = McpHost.WithShell("echo broken >&2; exit 5");

        var error = await host.ListErrorAsync("shell");

        Assert.Equal(("mcp_server_unavailable", true), (error.Code, error.Retryable));
        Assert.Contains("its process ended with exit code 5", error.Message, StringComparison.Ordinal);
        await Processes.UntilAsync(() => host.Log.Contains("MCP server shell: broken"), "the line from its standard error");
    }

    [Fact]
    public async Task A_program_that_never_answers_is_given_up_and_killed()
    {
        await using var host = McpHost.WithShell("cat >/dev/null; exit", startTimeout: TimeSpan.FromSeconds(1));

        var error = await host.ListErrorAsync("shell");

        Assert.Equal("mcp_server_unavailable", error.Code);
        Assert.Contains("did not introduce itself within 1 s", error.Message, StringComparison.Ordinal);
        await Processes.GoneAsync(host.Started.Single());
    }

    [Fact]
    public async Task A_program_that_closes_its_output_is_given_up_and_killed()
    {
        await using var host = McpHost.WithShell("exec sleep 1000 >/dev/null");

        var error = await host.ListErrorAsync("shell");

        Assert.Equal(("mcp_server_unavailable", "The MCP server 'shell' does not start: it closed its output."), (error.Code, error.Message));
        await Processes.GoneAsync(host.Started.Single());
    }

    [Fact]
    public async Task A_program_that_prints_rubbish_is_given_up_and_killed()
    {
        await using var host = McpHost.WithShell("while true; do echo rubbish; echo '{}'; echo '{\"jsonrpc\":\"2.0\"}'; sleep 0.01; done", startTimeout: TimeSpan.FromSeconds(1));

        Assert.Contains("did not introduce itself", (await host.ListErrorAsync("shell")).Message, StringComparison.Ordinal);
        await Processes.GoneAsync(host.Started.Single());
        Assert.Contains("MCP server shell printed 7 bytes to its standard output that are not a message.", host.Log);
    }

    [Fact]
    public async Task A_program_that_does_not_read_is_given_up_and_killed()
    {
        await using var host = McpHost.WithShell("exec sleep 1000", startTimeout: TimeSpan.FromSeconds(1));

        Assert.Contains("did not introduce itself", (await host.ListErrorAsync("shell")).Message, StringComparison.Ordinal);
        await Processes.GoneAsync(host.Started.Single());
    }

    [NpmFact]
    public async Task Rubbish_between_messages_is_passed_over()
    {
        await using var host = McpHost.WithScript(["chatter"]);

        Assert.Equal("said", await host.TextAsync("scripted", "chatter"));
        Assert.Contains("MCP server scripted printed 27 bytes to its standard output that are not a message.", host.Log);
    }

    [NpmFact]
    public async Task A_message_without_end_ends_the_server()
    {
        await using var host = McpHost.WithScript(["huge", "pid"]);

        var error = await host.CallErrorAsync("scripted", "huge");

        Assert.Equal("mcp_server_crashed", error.Code);
        Assert.Contains("it sent a message of more than 16777216 bytes", error.Message, StringComparison.Ordinal);
        await Processes.GoneAsync(host.Started.Single());
        await host.NumberAsync("scripted", "pid");
    }

    [Fact]
    public async Task Endless_lines_on_standard_error_do_not_flood_the_log()
    {
        await using var host = McpHost.WithShell("yes 'an error' >&2", startTimeout: TimeSpan.FromSeconds(1));

        await host.ListErrorAsync("shell");

        Assert.InRange(host.Log.Count(l => l.EndsWith(": an error", StringComparison.Ordinal)), 1, 400);
    }
}
