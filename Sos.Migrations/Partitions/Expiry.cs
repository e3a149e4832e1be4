using Npgsql;

namespace Sos.Migrations.Partitions;

/// <summary>Removes what retention no longer keeps: whole partitions where it can, rows in bounded batches where it must.</summary>
internal sealed class Expiry(NpgsqlConnection connection, TimeSpan lockTimeout, int batchSize)
{
    private const string Finished = "status in ('completed', 'failed', 'cancelled')";

    /// <summary>Drops a partition, unless it holds steps of executions that have not finished.</summary>
    /// <returns>Whether it was dropped.</returns>
    public async Task<bool> DropAsync(PartitionedTable table, PartitionRange range, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (table.Key == PartitionKey.ExecutionId && await HasUnfinishedAsync(range, cancellationToken))
            return false;
        await using var drop = new NpgsqlCommand($"set local lock_timeout = {(long)lockTimeout.TotalMilliseconds}; drop table {range.NameFor(table.Name)}", connection);
        await drop.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Deletes finished executions older than <paramref name="before"/>, but for those whose steps are in a kept partition.</summary>
    public Task<long> DeleteExecutionsAsync(DateTimeOffset before, IReadOnlyList<PartitionRange> kept, CancellationToken cancellationToken)
    {
        const string sql = $"""
            with gone as (
              delete from workflow_executions where id in (
                select id from workflow_executions e
                where id < $2 and {Finished}
                  and not exists (select from unnest($3::uuid[], $4::uuid[]) as kept(lower, upper) where e.id >= kept.lower and e.id < kept.upper)
                order by id limit $1)
              returning id),
            signals as (delete from execution_signals where execution_id in (select id from gone))
            select count(*) from gone
            """;
        return InBatchesAsync(sql, cancellationToken, PartitionedTable.IdAt(before), kept.Select(range => PartitionedTable.IdAt(range.From)).ToArray(), kept.Select(range => PartitionedTable.IdAt(range.To)).ToArray());
    }

    /// <summary>Deletes a table's rows older than <paramref name="before"/> from its default partition; steps only when their execution is gone.</summary>
    public Task<long> DeleteFromDefaultAsync(PartitionedTable table, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var orphaned = table.Key == PartitionKey.ExecutionId ? "and not exists (select from workflow_executions e where e.id = d.execution_id)" : "";
        return DeleteRowsAsync(table.DefaultPartition, $"{table.Column} < $2 {orphaned}", table.KeyAt(before), cancellationToken);
    }

    /// <summary>Deletes remembered answers to idempotent requests older than <paramref name="before"/>.</summary>
    public Task<long> DeleteIdempotencyKeysAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        DeleteRowsAsync("idempotency_keys", "created_at < $2", before.UtcDateTime, cancellationToken);

    /// <summary>Forgets deliveries to webhooks whose time has come.</summary>
    public Task<long> DeleteWebhookDeliveriesAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        DeleteRowsAsync("webhook_deliveries", "expires_at < $2", now.UtcDateTime, cancellationToken);

    /// <summary>Forgets sign-ins that nobody can come back from any more, with a day's grace for those who ask why.</summary>
    public Task<long> DeleteSignInsAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        DeleteRowsAsync("credential_sign_ins", "expires_at < $2", now.AddDays(-1).UtcDateTime, cancellationToken);

    private Task<long> DeleteRowsAsync(string table, string condition, object before, CancellationToken cancellationToken) => InBatchesAsync($"""
        with gone as (delete from {table} where ctid = any (array(select ctid from {table} d where {condition} limit $1)) returning 1)
        select count(*) from gone
        """, cancellationToken, before);

    // Small transactions: no long locks, and a stop in the middle loses one batch at the most.
    private async Task<long> InBatchesAsync(string sql, CancellationToken cancellationToken, params object[] arguments)
    {
        var total = 0L;
        long deleted;
        do
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = batchSize } } };
            foreach (var argument in arguments)
                command.Parameters.Add(new() { Value = argument });
            deleted = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            total += deleted;
        }
        while (deleted == batchSize);
        return total;
    }

    private async Task<bool> HasUnfinishedAsync(PartitionRange range, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select exists (select from workflow_executions where id >= $1 and id < $2 and not {Finished})", connection)
        {
            Parameters = { new() { Value = PartitionedTable.IdAt(range.From) }, new() { Value = PartitionedTable.IdAt(range.To) } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
