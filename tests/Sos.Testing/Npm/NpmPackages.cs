using System.Diagnostics;

namespace Sos.Testing.Npm;

/// <summary>
/// Packages of npm, installed once per machine into the user's cache, whichever test process comes first. Their scripts
/// are not run.
/// </summary>
public static class NpmPackages
{
    /// <summary>Node.js's program; null where it is not on PATH.</summary>
    public static string? Node { get; } = Find("node");

    /// <summary>npm's program; null where it is not on PATH.</summary>
    public static string? Npm { get; } = Find("npm");

    /// <summary>Installs packages together.</summary>
    /// <param name="name">What the installation is called.</param>
    /// <param name="packages">Each <c>name@version</c>.</param>
    /// <returns>The folder <c>node_modules</c>.</returns>
    public static async Task<string> InstallAsync(string name, params string[] packages)
    {
        var root = Path.Combine(CacheFolder(), "sos-tests");
        var folder = Path.Combine(root, name);
        Directory.CreateDirectory(root);
        await using var turn = await LockAsync(folder + ".lock");
        if (!Directory.Exists(folder))
        {
            // Built aside and moved into place whole: an interrupted installation leaves nothing half done.
            var aside = Directory.CreateDirectory($"{folder}.{Guid.NewGuid():N}");
            await RunNpmAsync(aside.FullName, packages);
            Directory.Move(aside.FullName, folder);
        }
        return Path.Combine(folder, "node_modules");
    }

    private static async Task RunNpmAsync(string folder, string[] packages)
    {
        var npmProgram = Npm ?? throw new InvalidOperationException("npm is not on PATH; these tests need it.");
        var start = new ProcessStartInfo(npmProgram, ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", .. packages])
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
