using System.Data;
using Npgsql;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Nodes.Database.Sql;
using Sos.Executors.Nodes.Database.Values;

namespace Sos.Executors.Nodes.Database;

/// <summary>One attempt: a transaction with one statement or several.</summary>
/// <param name="config">The config.</param>
/// <param name="login">The login.</param>
/// <param name="context">The node.</param>
/// <param name="stopped">Whether the node is told to stop.</param>
internal sealed class DatabaseCall(DatabaseConfig config, DatabaseLogin login, NodeContext context, CancellationToken stopped)
{
    private readonly DatabaseRows rows = new(config.Action == DatabaseAction.Execute ? 0 : config.MaxRows, config.MaxBytes);

    /// <summary>The statement that is being run, from 0; null before the first and after the last.</summary>
    public int? Running { get; private set; }

    /// <summary>What was sent for it.</summary>
    public SentSql? Sent { get; private set; }

    /// <summary>The values of its parameters.</summary>
    public IReadOnlyList<string> Values { get; private set; } = [];

    /// <summary>Whether it can't be known any more if what was changed has been kept.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Runs the statements and commits.</summary>
    public async Task<IReadOnlyList<DatabaseResult>> RunAsync(NpgsqlDataSource dataSource, IReadOnlyList<BoundStatement> statements, CancellationToken cancellationToken)
    {
        await using var connection = await BeginAsync(dataSource, cancellationToken);
        var results = new List<DatabaseResult>();
        foreach (var (index, statement) in statements.Index())
        {
            Running = index;
            Sent = statement.Sent;
            Values = statement.Values;
            results.Add(await RunAsync(connection, statement, cancellationToken));
        }
        Running = null;
        if (!config.ReadOnly)
        {
            await using var commit = new NpgsqlCommand("COMMIT", connection);
            cancellationToken.ThrowIfCancellationRequested(); // until here, it is certain that nothing was kept
            IsCommitting = true;
            await commit.ExecuteNonQueryAsync(cancellationToken);
        }
        return results; // a transaction that only read ends as its connection goes back to the pool
    }

    // A pooled connection may have died since it was used last. Until the transaction has begun, nothing is lost by another.
    private async Task<NpgsqlConnection> BeginAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            try
            {
                await DatabaseSettings.BeginAsync(connection, config, cancellationToken);
                return connection;
            }
            catch (NpgsqlException e) when (isFirst && DatabaseFailure.IsConnectionLost(e) && !cancellationToken.IsCancellationRequested)
            {
                await connection.DisposeAsync();
                dataSource.Clear();
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    private async Task<DatabaseResult> RunAsync(NpgsqlConnection connection, BoundStatement statement, CancellationToken cancellationToken)
    {
        using var telemetry = new DatabaseTelemetry(SqlShape.Of(statement.Statement), login, context);
        try
        {
            await CheckIsOneAsync(connection, statement, cancellationToken);
            await using var command = new NpgsqlCommand(statement.Sent.Text, connection) { AllResultTypesAreUnknown = true };
            foreach (var parameter in statement.Parameters)
                command.Parameters.Add(parameter);
            RowsRead read;
            long changed;
            await using (var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken))
            {
                read = await rows.ReadAsync(reader, cancellationToken);
                // Rows that nobody keeps need not be sent. What changes something is left to finish.
                if (read.IsTruncated && config.ReadOnly)
                    await Task.Run(command.Cancel, cancellationToken);
                else
                    await DrainAsync(reader, cancellationToken);
                await reader.CloseAsync();
                changed = reader.RecordsAffected;
            }
            telemetry.Returned(read.Count);
            return new DatabaseResult { Rows = read.Rows, RowCount = changed >= 0 ? changed : read.Count, Columns = read.Columns, Truncated = read.IsTruncated };
        }
        catch (Exception e)
        {
            telemetry.Failed(DatabaseFailure.From(e, login, this), e, stopped.IsCancellationRequested);
            throw;
        }
    }

    private static async Task DrainAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
        }
    }

    // Without parameters, Npgsql would cut SQL at semicolons by itself and send several statements. PostgreSQL knows for
    // certain where one ends, and is asked before such SQL is run: this describes it and runs nothing.
    private static async Task CheckIsOneAsync(NpgsqlConnection connection, BoundStatement statement, CancellationToken cancellationToken)
    {
        if (statement.Parameters.Count > 0 || !statement.Statement.HasSemicolon)
            return;
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(statement.Sent.Text));
        await using var reader = await batch.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancellationToken);
    }
}

/// <summary>A statement with what is sent for it.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Sent">Its SQL.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Values">The values in them, as texts.</param>
internal sealed record BoundStatement(SqlStatement Statement, SentSql Sent, IReadOnlyList<NpgsqlParameter> Parameters, IReadOnlyList<string> Values);
