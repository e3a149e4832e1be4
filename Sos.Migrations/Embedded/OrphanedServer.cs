using System.Diagnostics;

namespace Sos.Migrations.Embedded;

/// <summary>
/// A server that an earlier owner left running on the data, because the owner and its watch were killed. It is stopped,
/// not adopted: only a server that this owner started is tied to this owner's life.
/// </summary>
internal static class OrphanedServer
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Clears the way for a new server on the data; the process that was stopped, or null.</summary>
    public static async Task<int?> ClearAsync(string data, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || PostmasterFile.Read(data) is not { } file)
            return null; // on Windows the job object has ended it
        if (!await IsServerOfAsync(data, file.ProcessId, cancellationToken))
        {
            // The number may since belong to a stranger (in a container it always does), for whose sake PostgreSQL
            // would refuse to start. A dead server's file stays: PostgreSQL checks it for surviving backends.
            if (Posix.Exists(file.ProcessId))
                File.Delete(PostmasterFile.In(data));
            return null;
        }
        foreach (var signal in (int[])[Posix.Sigint, Posix.Sigquit, Posix.Sigkill])
        {
            if (!Posix.Signal(file.ProcessId, signal) || await IsGoneAsync(data, file.ProcessId, patience, cancellationToken))
                return file.ProcessId;
        }
        throw new EmbeddedPostgresException($"A PostgreSQL server that an earlier SOS left on {data} (process {file.ProcessId}) does not stop. Stop it by hand, then start again.");
    }

    /// <summary>Whether a process is a PostgreSQL server on this data folder, by its command line.</summary>
    public static async Task<bool> IsServerOfAsync(string data, int processId, CancellationToken cancellationToken)
    {
        string commandLine;
        if (OperatingSystem.IsLinux())
        {
            try
            {
                commandLine = (await File.ReadAllTextAsync($"/proc/{processId}/cmdline", cancellationToken)).Replace('\0', ' ');
            }
            catch (IOException)
            {
                return false; // no such process
            }
        }
        else
        {
            var ps = ChildProcess.Describe("ps", ["-p", $"{processId}", "-o", "args="], user: null, cleanEnvironment: true);
            commandLine = (await ChildProcess.RunAsync(ps, TimeSpan.FromSeconds(10), input: null, cancellationToken)).Output;
        }
        return commandLine.Contains("postgres", StringComparison.Ordinal) && commandLine.Contains($"-D {data} ", StringComparison.Ordinal);
    }

    // By command line, as an ended process that nobody collects still has its number.
    private static async Task<bool> IsGoneAsync(string data, int processId, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (await IsServerOfAsync(data, processId, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
                return false;
            await Task.Delay(PollInterval, cancellationToken);
        }
        return true;
    }
}
