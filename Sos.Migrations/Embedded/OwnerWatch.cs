using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;

namespace Sos.Migrations.Embedded;

/// <summary>
/// A tiny shell that reads a pipe from the owner. The pipe ends when the owner does, whatever ended it, and the shell
/// then stops the server and removes what was to be removed. It is told the server's process before that starts to run.
/// </summary>
internal sealed class OwnerWatch : IAsyncDisposable
{
    // $1 the data folder, $2 the signal, $3 a folder to remove, $4 another (either may be empty).
    // The shell leaves the owner's process group where it can, so that a signal to the group does not reach it.
    private const string Script = """
        trap '' INT HUP TERM QUIT
        server=
        while read -r word id; do
          case $word in server) server=$id ;; stopped) server= ;; esac
        done
        read -r running 2>/dev/null < "$1/postmaster.pid" || running=$server
        if [ -n "$server" ] && [ "$running" = "$server" ] && kill -s "$2" "$server" 2>/dev/null; then
          tries=0
          while kill -0 "$server" 2>/dev/null; do
            tries=$((tries + 1))
            [ $tries -eq 100 ] && kill -s QUIT "$server" 2>/dev/null
            [ $tries -gt 200 ] && break
            sleep 0.1
          done
        fi
        [ -z "$3" ] || rm -rf -- "$3"
        [ -z "$4" ] || rm -rf -- "$4"
        """;

    private const string Launch = """
        exec >/dev/null 2>&1
        command -v setsid && exec setsid /bin/sh -c "$@"
        exec /bin/sh -c "$@"
        """;

    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private OwnerWatch(Process process) => _process = process;

    /// <summary>The shell's process, which survives the owner for as long as the server's stop takes.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Whether something ended the shell before its time.</summary>
    public bool IsGone => _process.HasExited;

    [UnsupportedOSPlatform("windows")]
    public static OwnerWatch Start(InstanceFolder folder, bool ephemeral)
    {
        string[] arguments = ["-c", Launch, "sh", Script, "sos-owner-watch", folder.Data, ephemeral ? "QUIT" : "INT", ephemeral ? folder.Path : "", folder.ShortSocketFolder ?? ""];
        var process = Process.Start(ChildProcess.Describe("/bin/sh", arguments, user: null, cleanEnvironment: true))!;
        process.StandardInput.AutoFlush = true;
        process.StandardOutput.Close();
        process.StandardError.Close();
        return new OwnerWatch(process);
    }

    public Task ServerStartsAsync(int processId) =>
        _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"server {processId}"));

    public Task ServerStoppedAsync() => IsGone ? Task.CompletedTask : _process.StandardInput.WriteLineAsync("stopped");

    /// <summary>Lets the shell do its last work, which removes an ephemeral instance.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(CleaningTime);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }
}
