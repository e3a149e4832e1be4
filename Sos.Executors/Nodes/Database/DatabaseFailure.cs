using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Sos.Executors.Nodes.Database.Connections;

namespace Sos.Executors.Nodes.Database;

/// <summary>Why a database gave no result, in the words of the error codes.</summary>
internal static partial class DatabaseFailure
{
    private const int MaxMessage = 500;

    /// <summary>Reads what was thrown; null for what is not a failure of the database or the way to it.</summary>
    /// <param name="exception">What was thrown; not the caller's own cancellation.</param>
    /// <param name="login">Whom it was sent to.</param>
    /// <param name="call">How far it came; null before it began.</param>
    public static NodeError? From(Exception exception, DatabaseLogin login, DatabaseCall? call)
    {
        var server = $"{login.Host}:{login.Port}";
        if (Find<PostgresException>(exception) is { } refused)
            return Said(refused, login, call);
        if (exception is not (NpgsqlException or SocketException or IOException or TimeoutException))
            return null;
        if (call is { IsCommitting: true })
            return CommitUnknown(login);
        if (Find<AuthenticationException>(exception) is { } tls)
            return new NodeError("database_tls_failed", $"The TLS handshake with {server} failed: {(tls.InnerException ?? tls).Message} The credential's sslMode says what is checked.");
        if (exception.Message.Contains("authentication method is not allowed", StringComparison.Ordinal))
            return new NodeError("database_login_failed", $"{server} asks for the password in clear text, which is only sent where sslMode is verify-ca or verify-full.");
        if (exception.Message.Contains("SSL", StringComparison.Ordinal) && Find<SocketException>(exception) is null)
            return new NodeError("database_tls_failed", $"{server} does not speak TLS, which the credential's sslMode asks for.");
        if (Find<SocketException>(exception) is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData })
            return new NodeError("database_unreachable", $"There is no host '{login.Host}': its name can't be resolved.");
        var how = Find<SocketException>(exception)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "refused the connection: nothing listens there",
            SocketError.TimedOut => "did not accept the connection in time",
            _ => Find<TimeoutException>(exception) is not null ? "did not answer in time" : "closed the connection",
        };
        return new NodeError("database_unreachable", $"{server} {how}.") { Retryable = true };
    }

    /// <summary>Whether an error is <see cref="CommitUnknown"/>.</summary>
    public static bool IsCommitUnknown(NodeError? error) => error?.Code == "commit_unknown";

    /// <summary>A commit that was sent and not answered.</summary>
    public static NodeError CommitUnknown(DatabaseLogin login) =>
        new("commit_unknown", $"{login.Host}:{login.Port} did not answer the commit: whether the changes were kept is not known. Look before you run it again.");

    /// <summary>Whether a connection is gone, whatever was sent on it.</summary>
    public static bool IsConnectionLost(NpgsqlException exception) => exception is PostgresException { SqlState: var state }
        ? state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or "57P05" || state.StartsWith("08", StringComparison.Ordinal)
        : exception.InnerException is IOException or SocketException;

    /// <summary>Whether what was thrown during a commit does not tell what became of it: the server said nothing, or only that it goes.</summary>
    public static bool LeavesCommitOpen(Exception exception) => Find<PostgresException>(exception) is not { } said || IsGone(said);

    /// <summary>PostgreSQL's code of what went wrong; null where it did not say.</summary>
    public static string? SqlStateOf(Exception exception) => Find<PostgresException>(exception)?.SqlState;

    private static NodeError Said(PostgresException e, DatabaseLogin login, DatabaseCall? call)
    {
        var server = $"{login.Host}:{login.Port}";
        var text = Text(e, call);
        var error = e.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                new NodeError("database_login_failed", $"{server} refused the login: {text}."),
            PostgresErrorCodes.InvalidCatalogName =>
                new NodeError("database_login_failed", $"There is no database '{login.Database}' at {server}."),
            PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.OutOfMemory =>
                new NodeError("database_busy", $"{server} takes no more work at the moment: {text}.") { Retryable = true },
            PostgresErrorCodes.QueryCanceled =>
                new NodeError("query_timeout", "The statement took longer than timeout, or an administrator cancelled it. Make it faster, or raise timeout.") { Retryable = true },
            PostgresErrorCodes.LockNotAvailable =>
                new NodeError("lock_timeout", "Another transaction holds a lock that the statement needs, for more than 10 s.") { Retryable = true },
            PostgresErrorCodes.SerializationFailure =>
                new NodeError("serialization_failure", "Another transaction changed the same data; run it again.") { Retryable = true },
            PostgresErrorCodes.DeadlockDetected =>
                new NodeError("deadlock_detected", "The statement and another transaction waited for each other; run it again.") { Retryable = true },
            PostgresErrorCodes.ReadOnlySqlTransaction =>
                new NodeError("read_only", $"The statement would change something: {text}. Say readOnly false if it is meant to."),
            PostgresErrorCodes.InsufficientPrivilege =>
                new NodeError("permission_denied", $"The login may not do that: {text}."),
            PostgresErrorCodes.UniqueViolation =>
                new NodeError("unique_violation", $"There is such a row already: {text}."),
            _ when IsGone(e) =>
                call is { IsCommitting: true }
                    ? CommitUnknown(login)
                    : new NodeError("database_unreachable", $"{server} shut down or closed the connection.") { Retryable = true },
            var state when state.StartsWith("23", StringComparison.Ordinal) =>
                new NodeError("constraint_violation", $"The data does not fit a constraint: {text}."),
            _ => new NodeError("query_failed", $"The statement failed: {text} ({e.SqlState}).{Hint(e)}"),
        };
        return error with { Details = JsonSerializer.SerializeToElement(Details(e, call), DatabaseJson.Default.DatabaseErrorDetails) };
    }

    private static bool IsGone(PostgresException e) => IsConnectionLost(e) || e.SqlState.StartsWith("57P", StringComparison.Ordinal);

    private static DatabaseErrorDetails Details(PostgresException e, DatabaseCall? call) => new(e.SqlState)
    {
        Position = e.Position > 0 && call?.Sent is { } sent ? sent.Written(e.Position) : null,
        Statement = call?.Running,
        Table = e.TableName,
        Column = e.ColumnName,
        Constraint = e.ConstraintName,
    };

    // The server's detail, hint and context repeat data, and its message does for values that don't fit a type.
    private static string Text(PostgresException e, DatabaseCall? call)
    {
        var text = e.SqlState.StartsWith("22", StringComparison.Ordinal) ? Quoted().Replace(e.MessageText, "\"…\"") : e.MessageText;
        foreach (var value in call?.Values ?? [])
            text = text.Replace(value, "…", StringComparison.Ordinal);
        text = text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length <= MaxMessage ? text : text[..MaxMessage] + "…";
    }

    private static string Hint(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.IndeterminateDatatype or "42P08" => " Say what type the parameter has, such as $1::text.",
        PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.DatatypeMismatch => " If a parameter has another type than is meant, say so, such as $1::text.",
        _ => "",
    };

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case T found:
                    return found;
                // One for each address of a server; the last says most.
                case AggregateException several:
                    return several.InnerExceptions.Select(Find<T>).LastOrDefault(e => e is not null);
            }
        }
        return null;
    }

    [GeneratedRegex("\".*\"", RegexOptions.Singleline)]
    private static partial Regex Quoted();
}
