using System.Diagnostics;
using System.Globalization;

namespace Sos.Executors.Mcp.Stdio;

/// <summary>
/// A tiny shell (so not on Windows) that outlives SOS by a second. It reads a pipe from SOS, which ends when SOS does, whatever ended it
/// (SIGKILL and crashes included); the shell then kills the servers that are left and removes their private folders.
/// It is told of a server before that starts to run, so none can slip through.
/// </summary>
/// <remarks>
/// The kernel's parent-death signal would not do: it comes when the thread that started the server ends, which .NET's
/// pool threads do at will, and it reaches only the server itself and none of its children (npx starts a shell that
/// starts the server).
/// </remarks>
internal sealed class OwnerGuard(string privateFolders) : IAsyncDisposable
{
    // $1 a minus where servers lead groups, else empty; $2 the private folders.
    private const string Script = """
        trap '' INT HUP TERM QUIT
        servers=
        while read -r word id; do
          case $word in
            start) servers="$servers $id" ;;
            stop) left=; for each in $servers; do [ "$each" = "$id" ] || left="$left $each"; done; servers=$left ;;
          esac
        done
        for each in $servers; do kill -s TERM -- "$1$each"; done
        [ -z "$servers" ] || sleep 1
        for each in $servers; do kill -s KILL -- "$1$each"; done
        rm -rf -- "$2"
        """;

    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly HashSet<int> servers = [];
    private Process? shell;

    /// <summary>The shell's process; null until there is a server.</summary>
    public int? ProcessId => shell?.Id;

    /// <summary>Puts a server under guard.</summary>
    public void Started(int processId)
    {
        lock (gate)
        {
            servers.Add(processId);
            if (shell is { HasExited: false } && TryTell("start", processId))
                return;
            // The first one, or somebody killed the shell: a new one hears of all.
            shell?.Dispose();
            shell = Start();
            foreach (var server in servers)
                TryTell("start", server);
        }
    }

    /// <summary>Takes a server that is gone out of guard, before its number can be another process's.</summary>
    public void Stopped(int processId)
    {
        lock (gate)
        {
            if (servers.Remove(processId) && shell is { HasExited: false })
                TryTell("stop", processId);
        }
    }

    /// <summary>Lets the shell do its work.</summary>
    public async ValueTask DisposeAsync()
    {
        if (shell is null)
            return;
        shell.StandardInput.Close();
        using var limit = new CancellationTokenSource(CleaningTime);
        await shell.WaitForExitAsync(limit.Token);
        shell.Dispose();
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(ProcessGroup.Launcher ?? "/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        // In a group of its own, so that a signal to SOS's group does not reach it.
        if (ProcessGroup.Launcher is not null)
            start.ArgumentList.Add("/bin/sh");
        foreach (var argument in (string[])["-c", Script, "sos-mcp-guard", ProcessGroup.Launcher is null ? "" : "-", privateFolders])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        var process = Process.Start(start)!;
        process.StandardInput.AutoFlush = true;
        process.StandardOutput.Close();
        process.StandardError.Close();
        return process;
    }

    private bool TryTell(string word, int processId)
    {
        try
        {
            shell!.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {processId}"));
            return true;
        }
        catch (IOException)
        {
            return false; // it has just been killed; whoever starts the next server starts a new shell
        }
    }
}
