using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Sos.Executors.Mcp.Stdio;

/// <summary>Signals for a process and everything it started that stayed in its group.</summary>
internal static class ProcessGroup
{
    public const int Terminate = 15;

    public const int Kill = 9;

    /// <summary>The util-linux program that makes a process the leader of a group of its own; null where it is missing (macOS).</summary>
    public static string? Launcher { get; } = new[] { "/usr/bin/setsid", "/bin/setsid", "/usr/local/bin/setsid" }.FirstOrDefault(File.Exists);

    /// <summary>Signals the group that a process leads, or only the process where it could not be made a leader; one that is gone already is fine.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void Signal(int processId, int signal) => _ = SendSignal(Launcher is null ? processId : -processId, signal);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int target, int signal);
}
