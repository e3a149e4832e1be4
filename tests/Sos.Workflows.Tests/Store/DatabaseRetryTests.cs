using Npgsql;
using Sos.Testing.Postgres;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class DatabaseRetryTests
{
    /// <summary>The statement is refused when it is prepared; Npgsql holds it for prepared and fails with a plain exception the next time.</summary>
    [Fact]
    public async Task A_statement_refused_while_it_was_prepared_is_tried_again_on_another_connection()
    {
        await using var database = await TestDatabase.CreateAsync();
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        (builder.ConnectionStringBuilder.MaxPoolSize, builder.ConnectionStringBuilder.MinPoolSize) = (1, 0);
        DatabaseRole.ActAs(builder, DatabaseRole.Executor);
        await using var dataSource = builder.Build();

        Assert.Equal(1, await NumberAsync("1"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => NumberAsync("no number"));
        Assert.False(DatabaseRetry.IsTransient(refused));
        var lost = await Assert.ThrowsAnyAsync<Exception>(() => NumberAsync("2"));
        Assert.True(DatabaseRetry.IsTransient(lost), lost.ToString());
        Assert.Equal(3, await new DatabaseRetry(TimeProvider.System, 1).ExecuteAsync(async _ => await NumberAsync("3"), CancellationToken.None));

        async Task<int> NumberAsync(string text)
        {
            await using var command = dataSource.CreateCommand("select $1::int");
            command.Parameters.AddWithValue(text);
            return (int)(await command.ExecuteScalarAsync())!;
        }
    }

    [Fact]
    public void What_would_fail_again_is_not_tried_again()
    {
        Assert.False(DatabaseRetry.IsTransient(new InvalidOperationException("Received unexpected backend message")));
        Assert.False(DatabaseRetry.IsTransient(new PostgresException("no such table", "ERROR", "ERROR", PostgresErrorCodes.UndefinedTable)));
        Assert.True(DatabaseRetry.IsTransient(new PostgresException("deadlock", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected)));
    }
}
