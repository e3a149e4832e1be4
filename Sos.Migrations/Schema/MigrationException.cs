namespace Sos.Migrations.Schema;

/// <summary>The database's schema could not be brought up to date. The message says which script, where and why.</summary>
public sealed class MigrationException : Exception
{
    /// <summary>Creates the exception with a message for the person who runs the migration.</summary>
    public MigrationException(string message) : base(message) { }

    /// <summary>Creates the exception with a message and the error that led to it.</summary>
    public MigrationException(string message, Exception innerException) : base(message, innerException) { }
}
