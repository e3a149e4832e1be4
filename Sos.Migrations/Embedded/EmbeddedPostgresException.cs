namespace Sos.Migrations.Embedded;

/// <summary>The private PostgreSQL server could not be found, prepared, started or stopped. The message says what to do.</summary>
public sealed class EmbeddedPostgresException : Exception
{
    /// <summary>Creates the exception with a message for the person who starts SOS.</summary>
    public EmbeddedPostgresException(string message) : base(message) { }

    /// <summary>Creates the exception with a message and the error that led to it.</summary>
    public EmbeddedPostgresException(string message, Exception innerException) : base(message, innerException) { }
}
