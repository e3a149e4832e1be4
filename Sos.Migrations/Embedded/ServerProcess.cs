using System.Diagnostics;

namespace Sos.Migrations.Embedded;

/// <summary>How a start went.</summary>
internal enum StartOutcome
{
    Ready,

    /// <summary>Someone else took the port between choosing and binding it.</summary>
    PortTaken,

    /// <summary>An earlier server's last backends still hold its shared memory; they are about to go.</summary>
    MemoryInUse,
}

/// <summary>One run of the server.</summary>
internal sealed class ServerProcess : IDisposable
{
    // Waits for the go-ahead, so that the watch knows this process before the server runs in it. A session of its own
    // keeps Ctrl+C in the owner's terminal away: the server must outlive the owner's own orderly stop.
    private const string Launch = """
        read -r go || exit 1
        exec </dev/null >&2
        command -v setsid >/dev/null 2>&1 && exec setsid "$@"
        command -v perl >/dev/null 2>&1 && exec perl -MPOSIX=setsid -e 'setsid(); exec(@ARGV) or die "$!\n"' "$@"
        exec "$@"
        """;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ImmediateStopTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LastWordsTime = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly PostgresBinaries _binaries;
    private readonly string _data;
    private readonly ServerLog _log;
    private readonly Task _drained;
    private WindowsJob? _job;

    private ServerProcess(Process process, PostgresBinaries binaries, string data, ServerLog log)
    {
        _process = process;
        _binaries = binaries;
        _data = data;
        _log = log;
        _drained = Task.WhenAll(log.DrainAsync(process.StandardError), log.DrainAsync(process.StandardOutput));
        Exited = process.WaitForExitAsync(CancellationToken.None);
    }

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Completes when the process has ended.</summary>
    public Task Exited { get; }

    public static async Task<ServerProcess> StartAsync(PostgresBinaries binaries, IEnumerable<string> arguments, string data, ServerUser? user, OwnerWatch? watch, ServerLog log)
    {
        log.Forget();
        if (OperatingSystem.IsWindows())
        {
            var started = Process.Start(ChildProcess.Describe(binaries.Server, arguments, user: null, cleanEnvironment: true))!;
            return new ServerProcess(started, binaries, data, log) { _job = WindowsJob.EndWithOwner(started) };
        }
        var process = Process.Start(ChildProcess.Describe("/bin/sh", ["-c", Launch, "sh", binaries.Server, .. arguments], user, cleanEnvironment: true))!;
        // Without the line, the end of the pipe ends the launcher.
        await using (var launcher = process.StandardInput)
        {
            await watch!.ServerStartsAsync(process.Id);
            await launcher.WriteLineAsync("go");
        }
        return new ServerProcess(process, binaries, data, log);
    }

    /// <summary>Waits until the server accepts connections; recovery after a crash happens before that.</summary>
    public async Task<StartOutcome> WaitUntilReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!Exited.IsCompleted)
        {
            if (PostmasterFile.Read(_data) is { Ready: true } file && (file.ProcessId == Id || OperatingSystem.IsWindows()))
                return StartOutcome.Ready;
            if (Stopwatch.GetElapsedTime(started) > timeout)
                throw new EmbeddedPostgresException($"PostgreSQL did not become ready within {timeout.TotalSeconds:0} s. Its last messages ({_log.File}):\n{_log.Recent}");
            await Task.Delay(PollInterval, cancellationToken);
        }
        await _drained;
        var messages = _log.Recent;
        if (messages.Contains("could not bind", StringComparison.Ordinal))
            return StartOutcome.PortTaken;
        if (messages.Contains("pre-existing shared memory block", StringComparison.Ordinal))
            return StartOutcome.MemoryInUse;
        throw new EmbeddedPostgresException($"PostgreSQL did not start (exit code {ExitCode}). Its last messages ({_log.File}):\n{messages}");
    }

    /// <summary>
    /// Stops the server: in order (a checkpoint, clients disconnected), or at once like a crash. An orderly stop that
    /// takes longer than <paramref name="patience"/> is made immediate, and that one is ended after another 5 s.
    /// </summary>
    public async Task StopAsync(bool immediate, TimeSpan patience)
    {
        var stopped = (!immediate && await RequestAsync("fast", patience)) || await RequestAsync("immediate", ImmediateStopTime);
        if (!stopped)
            _process.Kill();
        await Exited;
        // Its last words; backends that outlive it for a moment hold the pipe, too.
        await Task.WhenAny(_drained, Task.Delay(LastWordsTime, CancellationToken.None));
    }

    public void Dispose()
    {
        _job?.Dispose();
        _process.Dispose();
    }

    private async Task<bool> RequestAsync(string mode, TimeSpan patience)
    {
        if (Exited.IsCompleted)
            return true;
        if (OperatingSystem.IsWindows())
        {
            var stop = ChildProcess.Describe(_binaries.Control, ["stop", "-D", _data, "-m", mode, "-W"], user: null, cleanEnvironment: true);
            await ChildProcess.RunAsync(stop, patience, input: null, CancellationToken.None);
        }
        else
        {
            Posix.Signal(Id, mode == "fast" ? Posix.Sigint : Posix.Sigquit);
        }
        await Task.WhenAny(Exited, Task.Delay(patience, CancellationToken.None));
        return Exited.IsCompleted;
    }
}
