using Npgsql;
using OpenTelemetry.Trace;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>
/// Looks at the product's database from outside. Counters are read through another database of the same server, so
/// that looking at them does not move them.
/// </summary>
internal sealed class DatabaseObserver : IAsyncDisposable
{
    /// <summary>A backend that has become idle reports its counters after ten seconds at the latest (PGSTAT_IDLE_INTERVAL).</summary>
    public static readonly TimeSpan CountersSettle = TimeSpan.FromSeconds(11);

    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMinutes(10);

    private readonly NpgsqlDataSource product;
    private readonly NpgsqlDataSource beside;
    private readonly string name;

    public DatabaseObserver(string connectionString)
    {
        product = NpgsqlDataSource.Create(connectionString);
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        name = builder.Database!;
        builder.Database = "postgres";
        beside = NpgsqlDataSource.Create(builder);
    }

    /// <summary>Version and durability, as the server says it.</summary>
    public Task<string> DescribeAsync(CancellationToken cancellationToken) => OneAsync<string>(beside, """
        select format('PostgreSQL %s (fsync %s, synchronous_commit %s)', split_part(current_setting('server_version'), ' ', 1), current_setting('fsync'), current_setting('synchronous_commit'))
        """, cancellationToken);

    public Task<DateTime> NowAsync(CancellationToken cancellationToken) => OneAsync<DateTime>(beside, "select clock_timestamp()", cancellationToken);

    /// <summary>Transactions that were committed in the product's database.</summary>
    public Task<long> CommitsAsync(CancellationToken cancellationToken) =>
        OneAsync<long>(beside, "select xact_commit from pg_stat_database where datname = $1", cancellationToken, name);

    /// <summary>Bytes written to the write-ahead log since the server was made.</summary>
    public Task<long> WalBytesAsync(CancellationToken cancellationToken) =>
        OneAsync<long>(beside, "select (pg_current_wal_insert_lsn() - '0/0')::bigint", cancellationToken);

    /// <summary>Waits until no execution is pending or running.</summary>
    /// <returns>How often it had to look, each of which was a transaction.</returns>
    public async Task<int> DrainedAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(DrainTimeout);
        for (var looks = 1; ; looks++)
        {
            if (!await OneAsync<bool>(product, """
                select exists (select from workflow_executions where status = 'pending') or exists (select from workflow_executions where status = 'running')
                """, limit.Token))
                return looks;
            await Task.Delay(100, limit.Token);
        }
    }

    /// <summary>What became of the executions that were submitted since a time.</summary>
    public async Task<Outcome> OutcomeAsync(DateTime since, CancellationToken cancellationToken)
    {
        await using var command = product.CreateCommand("""
            select count(*), count(*) filter (where status = 'completed'),
                   extract(epoch from max(finished_at) - $1)::float8,
                   percentile_disc(array[0.5, 0.95, 0.99]) within group (order by extract(epoch from finished_at - created_at)::float8 * 1000)
            from workflow_executions where created_at >= $1
            """);
        command.Parameters.AddWithValue(since);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var outcome = new Outcome(reader.GetInt64(0), reader.GetDouble(2), reader.GetFieldValue<double[]>(3));
        return outcome.Count == reader.GetInt64(1)
            ? outcome
            : throw new InvalidOperationException($"{outcome.Count - reader.GetInt64(1)} of {outcome.Count} executions did not complete.");
    }

    /// <summary>How many of the executions since a time have a trace that a sampler keeps, which depends on its id alone.</summary>
    public async Task<long> SampledAsync(DateTime since, TelemetryLevel telemetry, CancellationToken cancellationToken)
    {
        var sampler = new TraceIdRatioBasedSampler(telemetry.Ratio);
        await using var command = product.CreateCommand("select trace_id from workflow_executions where created_at >= $1");
        command.Parameters.AddWithValue(since);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sampled = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            var trace = System.Diagnostics.ActivityTraceId.CreateFromString(reader.GetString(0));
            if (sampler.ShouldSample(new SamplingParameters(default, trace, "", System.Diagnostics.ActivityKind.Server)).Decision == SamplingDecision.RecordAndSample)
                sampled++;
        }
        return sampled;
    }

    public async ValueTask DisposeAsync()
    {
        await product.DisposeAsync();
        await beside.DisposeAsync();
    }

    private static async Task<T> OneAsync<T>(NpgsqlDataSource source, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.AddWithValue(parameter);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

/// <summary>What became of a load.</summary>
/// <param name="Count">How many executions there were; all of them completed.</param>
/// <param name="Seconds">From the load's begin to the last one's end.</param>
/// <param name="Latencies">p50, p95 and p99 from created to finished, in milliseconds.</param>
internal sealed record Outcome(long Count, double Seconds, double[] Latencies);
