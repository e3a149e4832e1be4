using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>
/// The database as the API may see it. Every connection acts as the role <c>sos_api</c>, which row-level security
/// shows the rows of one workspace only: the one that a batch names in its first command. A statement that forgets
/// its WHERE can therefore leak nothing, and one outside of a workspace sees nothing.
/// </summary>
/// <param name="source">A data source whose connections act as <see cref="DatabaseRole.Api"/>.</param>
public sealed class WorkspaceDatabase(NpgsqlDataSource source)
{
    private const string Entrance = "entered_workspace";
    private const string EnterWorkspace = $"select set_config('sos.workspace_id', $1, true) as {Entrance}";

    /// <summary>A batch that runs in one transaction and one round trip, inside a workspace.</summary>
    internal WorkspaceBatch In(Guid workspaceId)
    {
        var batch = new WorkspaceBatch(source.CreateBatch());
        batch.Enter(workspaceId);
        return batch;
    }

    /// <summary>A batch that enters the workspaces it works in one after another.</summary>
    internal WorkspaceBatch InSeveral() => new(source.CreateBatch());

    /// <summary>A transaction of several round trips, inside a workspace.</summary>
    internal async Task<WorkspaceTransaction> BeginAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            return new WorkspaceTransaction(connection, await connection.BeginTransactionAsync(cancellationToken), workspaceId);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A command that belongs to no workspace: row-level security shows it no tenant's row.</summary>
    internal NpgsqlCommand OutsideWorkspaces(string sql) => source.CreateCommand(sql);

    /// <summary>Commands that PostgreSQL runs in one transaction.</summary>
    internal sealed class WorkspaceBatch(NpgsqlBatch batch) : IAsyncDisposable
    {
        /// <summary>Whose rows the commands that follow see.</summary>
        public void Enter(Guid workspaceId) => Add(EnterWorkspace).With(workspaceId.ToString());

        /// <summary>Adds a command; its parameters are positional, <c>$1</c> and on.</summary>
        public NpgsqlBatchCommand Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            batch.BatchCommands.Add(command);
            return command;
        }

        /// <summary>Runs the commands; read their results with <see cref="Results.NextAsync"/>.</summary>
        public async Task<Results> ExecuteAsync(CancellationToken cancellationToken) =>
            new(await batch.ExecuteReaderAsync(cancellationToken));

        /// <summary>Runs the commands and gives the number of rows they wrote.</summary>
        public Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => batch.ExecuteNonQueryAsync(cancellationToken);

        /// <summary>Runs the commands, reads the first row that they return, or null, and disposes the batch.</summary>
        public async Task<T?> FirstAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
            where T : class
        {
            await using var self = this;
            await using var results = await ExecuteAsync(cancellationToken);
            var reader = await results.NextAsync(cancellationToken);
            var first = await reader.ReadAsync(cancellationToken) ? read(reader) : null;
            await results.FinishAsync(cancellationToken);
            return first;
        }

        /// <summary>Runs the commands, reads all rows that the first one returns, and disposes the batch.</summary>
        public async Task<List<T>> AllAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        {
            await using var self = this;
            await using var results = await ExecuteAsync(cancellationToken);
            var rows = await results.RowsAsync(read, cancellationToken);
            await results.FinishAsync(cancellationToken);
            return rows;
        }

        public ValueTask DisposeAsync() => batch.DisposeAsync();
    }

    /// <summary>The results of a batch, those of entering a workspace left out.</summary>
    internal sealed class Results(NpgsqlDataReader reader) : IAsyncDisposable
    {
        private bool started;

        /// <summary>Moves to the result of the next command that returns rows.</summary>
        public async Task<NpgsqlDataReader> NextAsync(CancellationToken cancellationToken)
        {
            do
            {
                if (started && !await reader.NextResultAsync(cancellationToken))
                    throw new InvalidOperationException("The batch has no further result.");
                started = true;
            }
            while (reader.FieldCount == 1 && reader.GetName(0) == Entrance);
            return reader;
        }

        /// <summary>All rows of the next command that returns rows.</summary>
        public async Task<List<T>> RowsAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        {
            await NextAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            return rows;
        }

        /// <summary>Reads what is left, so that an error of a later command is thrown and not lost.</summary>
        public async Task FinishAsync(CancellationToken cancellationToken)
        {
            while (await reader.NextResultAsync(cancellationToken))
            {
            }
        }

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }

    /// <summary>A transaction inside a workspace; rolled back unless committed.</summary>
    internal sealed class WorkspaceTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid workspaceId) : IAsyncDisposable
    {
        public WorkspaceBatch Batch()
        {
            var batch = new WorkspaceBatch(new NpgsqlBatch(connection, transaction));
            batch.Enter(workspaceId);
            return batch;
        }

        public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
