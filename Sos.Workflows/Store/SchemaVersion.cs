using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>Which schema a service works with, and whether its database has it.</summary>
public static class SchemaVersion
{
    /// <summary>The number of the newest script of <c>Sos.Migrations</c> that this version of SOS comes with.</summary>
    public const int Needed = 14;

    /// <summary>
    /// Why the database is not ready for this program; null where it is. One that is newer is: scripts only add, so that
    /// the programs before an upgrade go on until they are replaced.
    /// </summary>
    /// <exception cref="NpgsqlException">The database can't be asked.</exception>
    public static async Task<string?> FindMissingAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = dataSource.CreateCommand("select coalesce(max(version), 0) from schema_migrations");
            return await command.ExecuteScalarAsync(cancellationToken) is int version and < Needed
                ? $"its schema has version {version}, and this program needs {Needed}"
                : null;
        }
        // Before the first script there is neither the table nor the role that executors act as; before 0011 the role may not read it.
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.InsufficientPrivilege)
        {
            return $"its schema is not the one that this program needs ({e.MessageText})";
        }
    }
}
