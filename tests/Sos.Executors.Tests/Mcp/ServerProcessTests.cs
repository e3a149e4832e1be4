using System.Runtime.Versioning;
using System.Text.Json;
using Sos.Executors.Mcp;
using Sos.Executors.Mcp.Stdio;
using Sos.Testing.Mcp;
using Sos.Testing.Processes;

namespace Sos.Executors.Tests.Mcp;

/// <summary>What a started server may see, and that nothing of it is left.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ServerProcessTests
{
    private const string Canary = "SOS_MCP_TEST_CANARY";

    static ServerProcessTests() => Environment.SetEnvironmentVariable(Canary, "a secret of the service");

    [NpmFact]
    public async Task A_server_sees_only_its_own_environment()
    {
        await using var host = new McpHost();
        host.Add("everything", new McpServerOptions
        {
            Command = "node",
            Args = [await NpmMcpServers.EverythingAsync(), "stdio"],
            Env = { ["CONFIGURED"] = "yes" },
        });

        var environment = JsonDocument.Parse(await host.TextAsync("everything", "get-env")).RootElement;

        var names = environment.EnumerateObject().Select(v => v.Name).ToHashSet();
        Assert.Equal("yes", environment.GetProperty("CONFIGURED").GetString());
        Assert.DoesNotContain(Canary, names);
        Assert.Empty(names.Except(["PATH", "HOME", "LANG", "CONFIGURED", "PWD", "OLDPWD", "SHLVL", "_"])); // the last four are the shell's own
    }

    [NpmFact]
    public async Task A_server_works_in_a_private_folder_that_goes_with_SOS()
    {
        string folder;
        await using (var host = McpHost.WithScript(["where"]))
        {
            folder = await host.TextAsync("scripted", "where");
            Assert.Equal("scripted", Path.GetFileName(folder));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(folder)!));
        }
        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [NpmFact]
    public async Task A_configured_folder_is_used_and_kept()
    {
        var kept = Directory.CreateTempSubdirectory();
        await using (var host = McpHost.WithScript(["where"], changeServer: s => s.WorkingDirectory = kept.FullName))
            Assert.Equal(kept.FullName, await host.TextAsync("scripted", "where"));
        Assert.True(Directory.Exists(kept.FullName));
        kept.Delete();
    }

    [NpmFact]
    public async Task Stopping_leaves_no_process_behind_not_even_a_stubborn_one()
    {
        int[] processes;
        await using (var host = McpHost.WithScript(["child", "stubborn"]))
        {
            processes = [await host.NumberAsync("scripted", "child"), await host.NumberAsync("scripted", "stubborn")];
            Assert.All(await Task.WhenAll(processes.Select(Processes.IsAliveAsync)), Assert.True);
        }
        Assert.All(await Task.WhenAll(processes.Select(Processes.IsAliveAsync)), Assert.False);
    }

    [NpmFact]
    public async Task Stopping_fails_calls_that_are_under_way_retryably()
    {
        var host = McpHost.WithScript(["pid", "silence"]);
        var process = await host.NumberAsync("scripted", "pid");
        var call = host.CallErrorAsync("scripted", "silence");

        await host.DisposeAsync();

        Assert.Equal((true, "The MCP server 'scripted' is being stopped by this executor."), ((await call).Retryable, (await call).Message));
        Assert.False(await Processes.IsAliveAsync(process));
        Assert.Equal("mcp_server_unavailable", (await host.CallErrorAsync("scripted", "pid")).Code);
    }

    [NpmFact]
    public async Task What_a_crashed_server_had_started_is_killed()
    {
        await using var host = McpHost.WithScript(["orphan", "pid"]);

        var orphan = await host.NumberAsync("scripted", "orphan");

        await Processes.GoneAsync(orphan);
    }

    [NpmFact]
    public async Task Killing_SOS_leaves_no_process_and_no_folder_behind()
    {
        var script = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.mjs");
        await File.WriteAllTextAsync(script, ScriptedServer.Script);
        await using var owner = ServiceProcess.Start("Sos.Executors.Tests.dll", new Dictionary<string, string?>(), "mcp-owner", NpmMcpServers.Node!, script);
        await Processes.UntilAsync(() => owner.Output.Contains("ready ", StringComparison.Ordinal) || owner.HasExited, "the owner's report");
        Assert.False(owner.HasExited, owner.Output);
        var report = JsonDocument.Parse(owner.Output.Split("ready ")[1]).RootElement;
        int[] processes = [report.GetProperty("server").GetInt32(), report.GetProperty("child").GetInt32()];
        Assert.All(await Task.WhenAll(processes.Select(Processes.IsAliveAsync)), Assert.True);

        await owner.KillAsync();

        await Task.WhenAll(processes.Select(Processes.GoneAsync));
        await Processes.UntilAsync(() => !Directory.Exists(report.GetProperty("folder").GetString()), "the folder's removal");
        Directory.Delete(report.GetProperty("tools").GetString()!, recursive: true);
        File.Delete(script);
    }

    [Fact]
    public async Task A_guard_that_was_killed_is_replaced()
    {
        await using var host = McpHost.WithShell("exec cat");
        var folders = new ServerFolders();
        folders.Guard.Started(int.MaxValue);
        var first = folders.Guard.ProcessId!.Value;

        Processes.Kill(first);
        await Processes.GoneAsync(first);
        folders.Guard.Started(int.MaxValue - 1);

        Assert.NotEqual(first, folders.Guard.ProcessId);
        Assert.True(await Processes.IsAliveAsync(folders.Guard.ProcessId!.Value));
        folders.Guard.Stopped(int.MaxValue);
        folders.Guard.Stopped(int.MaxValue - 1);
        await folders.DisposeAsync();
    }
}
