using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Migrations.Embedded;

/// <summary>A folder with the server's programs, and their version.</summary>
internal sealed partial record PostgresBinaries(string Folder, Version Version)
{
    /// <summary>The oldest major version that SOS runs on.</summary>
    public const int OldestMajor = 15;

    public string Server => Program("postgres");

    public string InitDb => Program("initdb");

    public string Control => Program("pg_ctl");

    /// <summary>Whether a folder holds a server: clients alone (psql, libpq) do not count.</summary>
    public static bool IsIn(string folder) =>
        File.Exists(Path.Combine(folder, FileName("postgres"))) && File.Exists(Path.Combine(folder, FileName("initdb")));

    /// <summary>Asks the server in a folder for its version, as the user that will run it; otherwise says what is wrong with it.</summary>
    public static async Task<(PostgresBinaries? Binaries, string Problem)> ProbeAsync(string folder, ServerUser? user, CancellationToken cancellationToken)
    {
        var start = ChildProcess.Describe(Path.Combine(folder, FileName("postgres")), ["--version"], user, cleanEnvironment: true);
        ProcessResult result;
        try
        {
            result = await ChildProcess.RunAsync(start, TimeSpan.FromSeconds(20), input: null, cancellationToken);
        }
        catch (Win32Exception error)
        {
            return (null, $"does not start{As(user)}: {error.Message}");
        }
        if (VersionNumber().Match(result.Output) is not { Success: true } match)
            return (null, $"does not run{As(user)}: {result.Tail}");
        var version = new Version(Int(match.Groups["major"]), match.Groups["minor"].Success ? Int(match.Groups["minor"]) : 0);
        return version.Major < OldestMajor
            ? (null, $"is version {version}; SOS needs {OldestMajor} or newer")
            : (new PostgresBinaries(folder, version), "");
    }

    private static string As(ServerUser? user) => user is null ? "" : $" as the user '{user.Name}'";

    private static int Int(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    private static string FileName(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    private string Program(string name) => Path.Combine(Folder, FileName(name));

    // "postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)", "… 18.4", "… 19beta1"
    [GeneratedRegex(@"\(PostgreSQL\) (?<major>[0-9]{1,4})(\.(?<minor>[0-9]{1,4}))?", RegexOptions.CultureInvariant)]
    private static partial Regex VersionNumber();
}
