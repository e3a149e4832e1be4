using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>The roles that services act as, whatever login their connection string names.</summary>
public static class DatabaseRole
{
    /// <summary>The API: sees one workspace at a time.</summary>
    public const string Api = "sos_api";

    /// <summary>Executors: see every workspace's executions, and nothing of keys and members.</summary>
    public const string Executor = "sos_executor";

    private const int NpgsqlDefaultPoolSize = 100;

    /// <summary>
    /// Makes every physical connection act as a role. Connections are not reset when they return to the pool, because
    /// <c>DISCARD ALL</c> would give them their login's rights back; nothing else of theirs outlives a transaction.
    /// </summary>
    /// <remarks>
    /// A burst queues for connections rather than take all that the server has, the other services' included: unless the
    /// connection string says otherwise, the API takes 40 at most and an executor 20.
    /// </remarks>
    /// <param name="builder">The data source under construction.</param>
    /// <param name="role"><see cref="Api"/> or <see cref="Executor"/>.</param>
    public static void ActAs(NpgsqlDataSourceBuilder builder, string role)
    {
        var (setRole, poolSize) = role switch
        {
            Api => ("set role sos_api", 40),
            Executor => ("set role sos_executor", 20),
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Unknown role."),
        };
        if (builder.ConnectionStringBuilder.MaxPoolSize == NpgsqlDefaultPoolSize)
            builder.ConnectionStringBuilder.MaxPoolSize = poolSize;
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        builder.ConnectionStringBuilder.MaxAutoPrepare = Math.Max(builder.ConnectionStringBuilder.MaxAutoPrepare, 64);
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(setRole, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(setRole, connection);
                await command.ExecuteNonQueryAsync();
            });
    }
}
