using Npgsql;

namespace Sos.Migrations.Partitions;

/// <summary>Makes partitions, ahead of time and for what the default partition caught.</summary>
internal static class PartitionCreation
{
    private const int DaysAhead = 7;

    // A round starts with this many lost days or months at the most; the next one goes on.
    private const int MostCaughtRanges = 400;

    /// <summary>The ranges that a table shall have: the current one and some ahead.</summary>
    public static IEnumerable<PartitionRange> Ahead(PartitionedTable table, DateTimeOffset now)
    {
        var range = PartitionRange.Holding(table.Period, now);
        var last = table.Period == PartitionPeriod.Day ? range.From.AddDays(DaysAhead) : range.From.AddMonths(1);
        for (; range.From <= last; range = range.Next)
            yield return range;
    }

    /// <summary>Earlier ranges within retention that the default partition holds rows of, because nobody made their partitions in time.</summary>
    public static async Task<List<PartitionRange>> CaughtAsync(NpgsqlConnection connection, PartitionedTable table, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var caught = new List<PartitionRange>();
        while (caught.Count < MostCaughtRanges)
        {
            await using var next = new NpgsqlCommand($"select {table.Column} from {table.DefaultPartition} where {table.Column} >= $1 and {table.Column} < $2 order by 1 limit 1", connection)
            {
                Parameters = { new() { Value = table.KeyAt(from) }, new() { Value = table.KeyAt(to) } },
            };
            if (await next.ExecuteScalarAsync(cancellationToken) is not { } key)
                break;
            var range = PartitionRange.Holding(table.Period, PartitionedTable.MomentOf(key));
            caught.Add(range);
            from = range.To;
        }
        return caught;
    }

    /// <summary>Makes a partition, with the rows of its range that the default partition holds; returns their number.</summary>
    public static async Task<int> CreateAsync(NpgsqlConnection connection, PartitionedTable table, PartitionRange range, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        var partition = range.NameFor(table.Name);
        var bounds = $"from ({table.LiteralAt(range.From)}) to ({table.LiteralAt(range.To)})";
        var inRange = $"{table.Column} >= {table.LiteralAt(range.From)} and {table.Column} < {table.LiteralAt(range.To)}";
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Attaching lets writers to the other partitions go on, unlike `create table … partition of`. Identity columns
        // are the parent's alone, so rows are written past them.
        await using (var prepare = new NpgsqlCommand($"""
            set local lock_timeout = {(long)lockTimeout.TotalMilliseconds};
            create table {partition} (like {table.Name} including all excluding identity);
            lock table {table.DefaultPartition} in access exclusive mode
            """, connection))
            await prepare.ExecuteNonQueryAsync(cancellationToken);
        var columns = await WritableColumnsAsync(connection, table, cancellationToken);
        await using var move = new NpgsqlCommand($"""
            with moved as (delete from {table.DefaultPartition} where {inRange} returning {columns})
            insert into {partition} ({columns}) select {columns} from moved
            """, connection)
        { CommandTimeout = 0 };
        var rows = await move.ExecuteNonQueryAsync(cancellationToken);
        await using (var attach = new NpgsqlCommand($"alter table {table.Name} attach partition {partition} for values {bounds}", connection) { CommandTimeout = 0 })
            await attach.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows;
    }

    private static async Task<string> WritableColumnsAsync(NpgsqlConnection connection, PartitionedTable table, CancellationToken cancellationToken)
    {
        const string sql = """
            select string_agg(quote_ident(attname), ', ' order by attnum)
            from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
            """;
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = table.Name } } };
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
