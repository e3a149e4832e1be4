namespace Sos.Migrations.Schema;

/// <summary>What a migration did.</summary>
/// <param name="Applied">The scripts that it applied, in order.</param>
/// <param name="Version">The schema's version now: the highest applied script's number.</param>
/// <param name="Duration">How long it took, waiting included.</param>
public sealed record MigrationReport(IReadOnlyList<AppliedScript> Applied, int Version, TimeSpan Duration);

/// <summary>A script that is part of a database's schema.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Name">Its name, without number and extension.</param>
/// <param name="Checksum">SHA-256 of its text with LF line ends, in lower-case hex.</param>
/// <param name="AppliedAt">When it was applied.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
public sealed record AppliedScript(int Version, string Name, string Checksum, DateTimeOffset AppliedAt, double DurationMs);

/// <summary>How a database's schema compares with this program's scripts.</summary>
/// <param name="Applied">What was applied, in order.</param>
/// <param name="Pending">The file names of the scripts still to apply, in order.</param>
/// <param name="Problem">Why the database and this program do not fit together, or null where they do.</param>
public sealed record MigrationStatus(IReadOnlyList<AppliedScript> Applied, IReadOnlyList<string> Pending, string? Problem)
{
    /// <summary>
    /// Whether the only problem is that the database has newer scripts. A service may work on: scripts only add, so that
    /// an upgrade can migrate first and replace services after that.
    /// </summary>
    public bool IsNewer { get; init; }
}
