using System.Globalization;

namespace Sos.Migrations.Embedded;

/// <summary>What <c>postmaster.pid</c> says: the server writes it when it starts and removes it when it stops in order.</summary>
/// <param name="ProcessId">The server's process.</param>
/// <param name="Ready">Whether it accepts connections.</param>
internal sealed record PostmasterFile(int ProcessId, bool Ready)
{
    private const string FileName = "postmaster.pid";

    // Lines: process id, data folder, start time, port, socket folder, listen address, shared memory, status.
    private const int StatusLine = 7;

    public static string In(string data) => Path.Combine(data, FileName);

    /// <summary>Reads the file; null where there is none, or it is not written yet.</summary>
    public static PostmasterFile? Read(string data)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(In(data));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        if (lines.Length == 0 || !int.TryParse(lines[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var processId))
            return null;
        return new PostmasterFile(Math.Abs(processId), lines.Length > StatusLine && lines[StatusLine].Trim() == "ready");
    }
}
