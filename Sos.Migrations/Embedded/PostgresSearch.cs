using System.Globalization;

namespace Sos.Migrations.Embedded;

/// <summary>
/// Where PostgreSQL's server programs are looked for, in this order: <see cref="BinFolder"/>, <see cref="PathFolders"/>,
/// <see cref="UsualFolders"/>, and the npm package that <see cref="Npm"/> can install.
/// </summary>
public sealed record PostgresSearch
{
    /// <summary>The one folder to use, from <c>SOS_POSTGRES_BIN</c>; nothing else is searched where it is set.</summary>
    public string? BinFolder { get; init; }

    /// <summary>The folders of <c>PATH</c>.</summary>
    public IReadOnlyList<string> PathFolders { get; init; } = [];

    /// <summary>Patterns with one <c>*</c> in one segment; the highest version number that matches comes first.</summary>
    public IReadOnlyList<string> UsualFolders { get; init; } = [];

    /// <summary>The npm program, or null where there is none.</summary>
    public string? Npm { get; init; }

    /// <summary>The search that this machine's environment asks for.</summary>
    public static PostgresSearch FromEnvironment()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(Path.IsPathFullyQualified).ToList();
        return new PostgresSearch
        {
            BinFolder = Environment.GetEnvironmentVariable("SOS_POSTGRES_BIN") is { Length: > 0 } folder ? folder : null,
            PathFolders = path,
            UsualFolders = OperatingSystem.IsWindows()
                ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*", "bin")]
                : ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin"],
            Npm = path.Select(each => Path.Combine(each, OperatingSystem.IsWindows() ? "npm.cmd" : "npm")).FirstOrDefault(File.Exists),
        };
    }

    /// <summary>
    /// The first server that runs, is new enough and, where there is data already, has the data's major version
    /// (PostgreSQL reads no other version's files).
    /// </summary>
    internal async Task<PostgresBinaries> FindAsync(string root, int? dataMajor, ServerUser? user, CancellationToken cancellationToken)
    {
        if (BinFolder is not null)
            return await FindInBinFolderAsync(BinFolder, dataMajor, user, cancellationToken);

        var refused = new List<string>();
        foreach (var folder in Candidates(root).Distinct(StringComparer.Ordinal).Where(PostgresBinaries.IsIn))
        {
            var (binaries, problem) = await PostgresBinaries.ProbeAsync(folder, user, cancellationToken);
            if (binaries is not null && (dataMajor ?? binaries.Version.Major) == binaries.Version.Major)
                return binaries;
            refused.Add($"{folder} {(binaries is null ? problem : WrongMajor(binaries, dataMajor))}");
        }

        if (Npm is not null && NpmPostgres.PackageName is not null && (dataMajor ?? NpmPostgres.Major) == NpmPostgres.Major)
            return await NpmPostgres.InstallAsync(Npm, root, user, cancellationToken);
        throw new EmbeddedPostgresException(Refusal(refused, dataMajor));
    }

    private static async Task<PostgresBinaries> FindInBinFolderAsync(string folder, int? dataMajor, ServerUser? user, CancellationToken cancellationToken)
    {
        if (!PostgresBinaries.IsIn(folder))
            throw new EmbeddedPostgresException($"SOS_POSTGRES_BIN is {folder}, which does not hold PostgreSQL's server programs (postgres and initdb). Correct it, or unset it to let SOS search.");
        var (binaries, problem) = await PostgresBinaries.ProbeAsync(folder, user, cancellationToken);
        if (binaries is null)
            throw new EmbeddedPostgresException($"The PostgreSQL server in SOS_POSTGRES_BIN ({folder}) {problem}.");
        if ((dataMajor ?? binaries.Version.Major) != binaries.Version.Major)
            throw new EmbeddedPostgresException($"The PostgreSQL server in SOS_POSTGRES_BIN ({folder}) {WrongMajor(binaries, dataMajor)}.");
        return binaries;
    }

    private static string WrongMajor(PostgresBinaries binaries, int? dataMajor) =>
        $"is version {binaries.Version}, but the data was made by version {dataMajor}";

    private IEnumerable<string> Candidates(string root) =>
        [.. PathFolders, .. UsualFolders.SelectMany(Expand), .. NpmPostgres.InstalledIn(root)];

    private static IEnumerable<string> Expand(string pattern)
    {
        var segments = pattern.Split('/', '\\');
        var starred = Array.FindIndex(segments, segment => segment.Contains('*'));
        if (starred < 0)
            return [pattern];
        var parent = string.Join(Path.DirectorySeparatorChar, segments[..starred]);
        var rest = Path.Combine(segments[(starred + 1)..]);
        return Directory.Exists(parent)
            ? Directory.GetDirectories(parent, segments[starred]).OrderByDescending(Number).Select(each => Path.Combine(each, rest))
            : [];
    }

    // "15", "postgresql@17", "pgsql-16": by number, as 9 comes before 15
    private static decimal Number(string folder)
    {
        var digits = new string([.. Path.GetFileName(folder).SkipWhile(each => !char.IsAsciiDigit(each)).TakeWhile(each => char.IsAsciiDigit(each) || each == '.')]);
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private string Refusal(List<string> refused, int? dataMajor)
    {
        var version = dataMajor is null ? $"version {PostgresBinaries.OldestMajor} or newer" : $"version {dataMajor}, which made the data that is there";
        var npm = NpmPostgres.PackageName is null ? "no npm package has a server for this system"
            : dataMajor is not null && dataMajor != NpmPostgres.Major ? $"SOS's npm package is version {NpmPostgres.Major}"
            : "SOS then fetches a server by itself";
        return $"""
            SOS found no PostgreSQL server to start ({version}). Any one of these helps:
              1. set SOS_POSTGRES_BIN to the folder that holds 'postgres' and 'initdb';
              2. put that folder on PATH;
              3. install PostgreSQL in its usual place ({Install});
              4. install Node.js with npm ({npm}).
            Or give SOS a running server instead: ConnectionStrings__sos="Host=…;Username=…;Password=…;Database=sos".
            """ + (refused.Count == 0 ? "" : "\nNot used:\n" + string.Join('\n', refused.Select(each => "  - " + each)));
    }

    private static string Install =>
        OperatingSystem.IsMacOS() ? "brew install postgresql@17"
        : OperatingSystem.IsWindows() ? "winget install PostgreSQL.PostgreSQL.17"
        : "for example: apt-get install postgresql";
}
