using System.Diagnostics;
using System.Text;

namespace Sos.Migrations.Embedded;

/// <summary>What a program that ran to its end answered.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The end of what it printed, for an error message.</summary>
    public string Tail
    {
        get
        {
            var text = $"{Output}\n{Error}".Trim();
            return text.Length <= 2000 ? text : "…" + text[^2000..];
        }
    }
}

/// <summary>Starts programs, as another user where asked.</summary>
internal static class ChildProcess
{
    /// <summary>
    /// A start description with redirected streams. With <paramref name="cleanEnvironment"/> the program gets a path
    /// and a plain locale only: the owner's environment may hold keys, and PG* variables would change the server.
    /// </summary>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, ServerUser? user, bool cleanEnvironment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        if (!OperatingSystem.IsWindows())
            start.WorkingDirectory = "/"; // the owner's folder may be closed to the other user
        if (user is not null)
            start.UserName = user.Name;
        if (cleanEnvironment)
            Clean(start.Environment);
        return start;
    }

    /// <summary>Runs a program to its end; on timeout or cancellation it is killed.</summary>
    public static async Task<ProcessResult> RunAsync(ProcessStartInfo start, TimeSpan timeout, string? input, CancellationToken cancellationToken)
    {
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var output = ReadAsync(process.StandardOutput, limit.Token);
            var error = ReadAsync(process.StandardError, limit.Token);
            await WriteAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ProcessResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmbeddedPostgresException($"{Path.GetFileName(start.FileName)} did not finish within {timeout.TotalSeconds:0} s and was stopped.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WriteAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input: its exit code and output say why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        const int most = 64 * 1024;
        var text = new StringBuilder();
        var buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (text.Length < most)
                text.Append(buffer, 0, read);
        }
        return text.ToString();
    }

    private static void Clean(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.ToList())
        {
            // Windows programs do not start without SystemRoot and friends, so there only PostgreSQL's own go.
            if (!OperatingSystem.IsWindows() ? name != "PATH" : name.StartsWith("PG", StringComparison.OrdinalIgnoreCase))
                environment.Remove(name);
        }
        environment["LC_ALL"] = "C"; // messages that can be recognised
    }
}
