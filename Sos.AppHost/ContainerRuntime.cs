using System.ComponentModel;
using System.Diagnostics;

namespace Sos.AppHost;

/// <summary>Whether containers can be started here. A client without its daemon can't, so it is asked, once.</summary>
internal static class ContainerRuntime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The first of docker and podman that answers; null where none does.</summary>
    /// <param name="preferred">The only one to ask, as in <c>ASPIRE_CONTAINER_RUNTIME</c>; null for both.</param>
    public static string? Find(string? preferred) =>
        (preferred is { Length: > 0 } one ? [one] : (string[])["docker", "podman"]).FirstOrDefault(Answers);

    private static bool Answers(string command)
    {
        var start = new ProcessStartInfo(command, ["info"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start);
            if (process is null)
                return false;
            // Read, so that a full pipe doesn't hold it up.
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(Patience))
                return process.ExitCode == 0;
            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false; // not installed
        }
    }
}
