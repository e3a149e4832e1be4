using System.ComponentModel;
using System.Diagnostics;
using Sos.Executors.Nodes;

namespace Sos.Executors.Mcp.Stdio;

/// <summary>The process of an MCP server that SOS started.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The longest message that is read, in bytes.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    // The program starts only after a line on its input: by then the guard knows its process.
    private const string WaitAndRun = "IFS= read -r go || exit 0; exec \"$@\"";

    private static readonly TimeSpan ToEndByItself = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ToEndWhenAsked = TimeSpan.FromSeconds(2);

    private readonly Process process;
    private readonly OwnerGuard? guard;

    private ServerProcess(Process process, OwnerGuard? guard, Action<int> onGarbage)
    {
        (this.process, this.guard) = (process, guard);
        Output = new JsonLineStream(process.StandardOutput.BaseStream, MaxMessageBytes, onGarbage);
        Exited = process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The process's number; also that of its group.</summary>
    public int Id => process.Id;

    /// <summary>Where requests are written.</summary>
    public Stream Input => process.StandardInput.BaseStream;

    /// <summary>Where answers are read.</summary>
    public JsonLineStream Output { get; }

    /// <summary>Ends with the process.</summary>
    public Task Exited { get; }

    /// <summary>How it ended; only after <see cref="Exited"/>.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Starts a configured server's program.</summary>
    /// <exception cref="McpCallException">There is no such program or folder, or it does not start.</exception>
    public static async Task<ServerProcess> StartAsync(string name, McpServerOptions server, ServerFolders folders, StandardErrorLog errorLog, Action<int> onGarbage)
    {
        var environment = ServerEnvironment.For(server);
        var program = ServerEnvironment.FindProgram(server.Command!, environment)
            ?? throw NotStarted(name, $"the program '{server.Command}' is not there. Install it on the executors, or correct {McpOptions.Section}:Servers:{name}:Command.");
        if (server.WorkingDirectory is { } configured && !Directory.Exists(configured))
            throw NotStarted(name, $"its working directory '{configured}' is not there. Create it on the executors, or correct {McpOptions.Section}:Servers:{name}:WorkingDirectory.");

        Process process;
        try
        {
            process = Process.Start(Describe(program, server.Args, environment, server.WorkingDirectory ?? folders.For(name)))!;
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw NotStarted(name, e.Message, e);
        }
        _ = errorLog.ReadAsync(process.StandardError);
        var started = new ServerProcess(process, OperatingSystem.IsWindows() ? null : folders.Guard, onGarbage);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                folders.Guard.Started(process.Id);
                await started.Input.WriteAsync("go\n"u8.ToArray(), CancellationToken.None);
                await started.Input.FlushAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (e is IOException or Win32Exception)
        {
            await started.DisposeAsync();
            throw NotStarted(name, e.Message, e);
        }
        return started;
    }

    /// <summary>
    /// Ends the server as MCP asks for: its input is closed, then it is asked by signal, then killed, each after a moment.
    /// What it started is killed with it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // Closing waits for a write that the server does not read, so it must not be waited for.
        _ = Task.Run(process.StandardInput.Close, CancellationToken.None);
        if (!await ExitsWithinAsync(ToEndByItself))
        {
            if (!OperatingSystem.IsWindows())
                ProcessGroup.Signal(Id, ProcessGroup.Terminate);
            if (OperatingSystem.IsWindows() || !await ExitsWithinAsync(ToEndWhenAsked))
                process.Kill(entireProcessTree: true);
        }
        if (!OperatingSystem.IsWindows())
        {
            ProcessGroup.Signal(Id, ProcessGroup.Kill);
            guard!.Stopped(Id);
        }
        await Exited;
        process.Dispose();
    }

    private static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, Dictionary<string, string> environment, string folder)
    {
        string[] command = OperatingSystem.IsWindows()
            ? [program, .. arguments]
            : [.. ProcessGroup.Launcher is { } launcher ? [launcher] : Array.Empty<string>(), "/bin/sh", "-c", WaitAndRun, "sos-mcp", program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = folder,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    private static McpCallException NotStarted(string name, string why, Exception? inner = null) =>
        new(new NodeError("mcp_server_unavailable", $"The MCP server '{name}' does not start: {why}"), inner) { IsServersFault = true };

    private async Task<bool> ExitsWithinAsync(TimeSpan time) =>
        await Task.WhenAny(Exited, Task.Delay(time)) == Exited;
}
