namespace Sos.Migrations.Schema;

/// <summary>How patient a migration is. The program binds it to the configuration section <c>Migrations</c>.</summary>
public sealed record MigratorOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Migrations";

    /// <summary>How long to wait for the server to accept connections, as services start in any order.</summary>
    /// <value>Default: 60 seconds.</value>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait for another migration of the same database to finish.</summary>
    /// <value>Default: 5 minutes.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a script may wait for a lock on a table; others queue behind it meanwhile.</summary>
    /// <value>Default: 30 seconds.</value>
    public TimeSpan TableLockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one statement of a script may run.</summary>
    /// <value>Default: 30 minutes.</value>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
