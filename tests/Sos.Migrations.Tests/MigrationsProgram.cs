using System.Diagnostics;
using Sos.Migrations.Embedded;

namespace Sos.Migrations.Tests;

/// <summary>The program as a process of its own, as its users start it.</summary>
internal sealed class MigrationsProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    private MigrationsProgram(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>Starts it and returns at once.</summary>
    public static MigrationsProgram Start(string[] arguments, IReadOnlyDictionary<string, string>? environment = null, string? user = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Sos.Migrations.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Remove("SOS_DATA");
        start.Environment.Remove("ConnectionStrings__sos");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        if (user is not null)
            start.UserName = user;
        return new MigrationsProgram(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var program = Start(arguments, environment);
        var output = await program._process.StandardOutput.ReadToEndAsync().WaitAsync(Waiting.Limit);
        return (await program.ExitAsync(), output, await program._error);
    }

    /// <summary>Reads its output up to a line that starts so.</summary>
    public async Task<string> ReadUntilAsync(string lineStart)
    {
        var seen = "";
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Waiting.Limit) is { } line)
        {
            seen += line + "\n";
            if (line.StartsWith(lineStart, StringComparison.Ordinal))
                return seen;
        }
        throw new InvalidOperationException($"It ended without '{lineStart}':\n{seen}{await _error}");
    }

    public void Kill() => _process.Kill();

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Waiting.Limit);
        return _process.ExitCode;
    }

    /// <summary>Has it stop in order, so that the server it runs has written its last when folders are removed.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            if (_process.HasExited)
                return;
            try
            {
                Posix.Signal(_process.Id, 15);
                await ExitAsync();
            }
            finally
            {
                _process.Kill();
            }
        }
    }
}
