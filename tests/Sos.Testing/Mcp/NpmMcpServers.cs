using System.Diagnostics;

namespace Sos.Testing.Mcp;

/// <summary>
/// MCP servers that others wrote, as npm packages: what SOS must get along with. Installed once per machine into the
/// user's cache, whichever test process comes first.
/// </summary>
public static class NpmMcpServers
{
    private const string Version = "2026.8.31";

    private static readonly Lazy<Task<string>> Installation = new(InstallAsync);

    /// <summary>Node.js's program; null where it is not on PATH.</summary>
    public static string? Node { get; } = Find("node");

    /// <summary>npm's program; null where it is not on PATH.</summary>
    public static string? Npm { get; } = Find("npm");

    /// <summary>The script of <c>@modelcontextprotocol/server-everything</c>, which exercises every part of the protocol.</summary>
    public static async Task<string> EverythingAsync() => Path.Combine(await Installation.Value, "server-everything", "dist", "index.js");

    /// <summary>The script of <c>@modelcontextprotocol/server-filesystem</c>, which serves the folders it is given.</summary>
    public static async Task<string> FilesystemAsync() => Path.Combine(await Installation.Value, "server-filesystem", "dist", "index.js");

    private static async Task<string> InstallAsync()
    {
        var root = Path.Combine(CacheFolder(), "sos-tests");
        var folder = Path.Combine(root, $"mcp-servers-{Version}");
        var packages = Path.Combine(folder, "node_modules", "@modelcontextprotocol");
        Directory.CreateDirectory(root);
        await using var turn = await LockAsync(folder + ".lock");
        if (Directory.Exists(folder))
            return packages;
        // Built aside and moved into place whole: an interrupted installation leaves nothing half done.
        var aside = Directory.CreateDirectory($"{folder}.{Guid.NewGuid():N}");
        await RunNpmAsync(aside.FullName, $"@modelcontextprotocol/server-everything@{Version}", $"@modelcontextprotocol/server-filesystem@{Version}");
        Directory.Move(aside.FullName, folder);
        return packages;
    }

    private static async Task RunNpmAsync(string folder, params string[] packages)
    {
        var start = new ProcessStartInfo(Npm!, ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", .. packages])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using var npm = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var output = npm.StandardOutput.ReadToEndAsync(limit.Token);
        var error = npm.StandardError.ReadToEndAsync(limit.Token);
        await npm.WaitForExitAsync(limit.Token);
        if (npm.ExitCode != 0)
            throw new InvalidOperationException($"npm could not install {string.Join(" and ", packages)}:\n{await output}\n{await error}");
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await timer.WaitForNextTickAsync(limit.Token); // another test process installs
            }
        }
    }

    private static string CacheFolder() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".cache")
        : Path.GetTempPath();

    private static string? Find(string program)
    {
        var name = OperatingSystem.IsWindows() ? program + (program == "npm" ? ".cmd" : ".exe") : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
