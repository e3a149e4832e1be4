using Npgsql;

namespace Sos.Executors.Nodes.Database;

/// <summary>How a transaction begins, and what holds in it: the forms of values, and the times.</summary>
internal static class DatabaseSettings
{
    // Given to the transaction only. They decide what results look like, so nobody's defaults may.
    private static readonly (string Name, string Value)[] Forms =
    [
        ("TimeZone", "UTC"), ("DateStyle", "ISO, YMD"), ("IntervalStyle", "iso_8601"), ("bytea_output", "hex"), ("extra_float_digits", "1"),
        ("standard_conforming_strings", "on"), ("client_min_messages", "error"), ("lock_timeout", "10s"),
    ];

    /// <summary>Begins a transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="config">What the transaction may do, and how long a statement of it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>
    /// A transaction that has begun to read can't be made to write any more, so a first SELECT comes before what the
    /// workflow's author wrote.
    /// </remarks>
    public static async Task BeginAsync(NpgsqlConnection connection, DatabaseConfig config, CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"BEGIN ISOLATION LEVEL {Level(config.Isolation)} {(config.ReadOnly ? "READ ONLY" : "READ WRITE")}"));
        var milliseconds = ((long)config.Timeout.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, value) in Forms.Append(("statement_timeout", milliseconds)).Append(("idle_in_transaction_session_timeout", milliseconds)))
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config($1, $2, true)") { Parameters = { new() { Value = name }, new() { Value = value } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Level(DatabaseIsolation isolation) => isolation switch
    {
        DatabaseIsolation.Serializable => "SERIALIZABLE",
        DatabaseIsolation.RepeatableRead => "REPEATABLE READ",
        _ => "READ COMMITTED",
    };
}
