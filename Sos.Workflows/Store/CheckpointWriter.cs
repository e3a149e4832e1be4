using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;
using Sos.Workflows.Executions;
using Sos.Workflows.Telemetry;

namespace Sos.Workflows.Store;

/// <summary>
/// Writes checkpoints: many executions' steps, events and states in one transaction and one round trip, each fenced
/// by the claim it was made under.
/// </summary>
public sealed class CheckpointWriter : IAsyncDisposable
{
    // Sum of executions over this tells how many share a commit.
    private static readonly Histogram<int> BatchSize = SosTelemetry.Meter.CreateHistogram(
        MetricNames.CheckpointBatchSize, "{checkpoint}", "Checkpoints in one transaction.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500] });

    private static readonly Histogram<double> Seconds = SosTelemetry.Meter.CreateHistogram(
        MetricNames.CheckpointDuration, "s", "Duration of a checkpoint transaction.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] });

    private readonly NpgsqlDataSource dataSource;
    private readonly Guid executor;
    private readonly DatabaseRetry retry;
    private readonly GroupCommit<Checkpoint, CheckpointResult> commits;

    /// <summary>Starts the writers of one executor.</summary>
    /// <param name="dataSource">The database.</param>
    /// <param name="executor">The executor's id in <c>executors</c>, which every write is fenced by.</param>
    /// <param name="time">The clock of retries.</param>
    /// <param name="writers">How many transactions may be under way at once.</param>
    public CheckpointWriter(NpgsqlDataSource dataSource, Guid executor, TimeProvider time, int writers)
    {
        this.dataSource = dataSource;
        this.executor = executor;
        retry = new DatabaseRetry(time, attempts: 30);
        commits = new GroupCommit<Checkpoint, CheckpointResult>(CommitAsync, maxBatch: 200, writers);
    }

    /// <summary>Writes a checkpoint together with whatever else is waiting to be written.</summary>
    /// <returns>After the commit: whether it was applied, and where the execution stands.</returns>
    public Task<CheckpointResult> WriteAsync(Checkpoint checkpoint, CancellationToken cancellationToken) =>
        commits.AddAsync(checkpoint, cancellationToken);

    /// <summary>
    /// Logs the model calls of a checkpoint that was refused: whoever runs the execution now, the calls were made and
    /// are paid for.
    /// </summary>
    public async Task WriteModelCallsAsync(Checkpoint refused, CancellationToken cancellationToken) => await retry.ExecuteAsync<object?>(async token =>
    {
        await using var commands = dataSource.CreateBatch();
        commands.BatchCommands.Add(CheckpointSql.ModelCalls([refused], fenced: false));
        await commands.ExecuteNonQueryAsync(token);
        return null;
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => commits.DisposeAsync();

    private async Task<IReadOnlyList<CheckpointResult>> CommitAsync(IReadOnlyList<Checkpoint> batch, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var results = new Dictionary<Guid, CheckpointResult>(batch.Count);
        var firstTry = true;
        await retry.ExecuteAsync<object?>(async token =>
        {
            // After a lost connection nobody knows whether the transaction committed; the numbers tell.
            if (!firstTry)
                await ReadAppliedAsync(batch, results, token);
            firstTry = false;
            var open = results.Count == 0 ? batch : [.. batch.Where(c => !results.ContainsKey(c.ExecutionId))];
            if (open.Count > 0)
                await SendAsync(open, results, token);
            return null;
        }, cancellationToken);

        Seconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        BatchSize.Record(batch.Count);
        return [.. batch.Select(c => results.GetValueOrDefault(c.ExecutionId))];
    }

    private async Task SendAsync(IReadOnlyList<Checkpoint> batch, Dictionary<Guid, CheckpointResult> results, CancellationToken cancellationToken)
    {
        await using var commands = dataSource.CreateBatch();
        commands.BatchCommands.Add(CheckpointSql.Main(batch, executor));
        if (batch.Any(c => c.Children.Count > 0))
            commands.BatchCommands.Add(CheckpointSql.Children(batch));
        if (batch.Any(c => c.Signals.Count > 0))
            commands.BatchCommands.Add(CheckpointSql.Signals(batch));
        if (batch.Any(c => c.ModelCalls.Count > 0))
            commands.BatchCommands.Add(CheckpointSql.ModelCalls(batch));
        if (batch.Any(c => c.AgentTraces.Count > 0))
            commands.BatchCommands.Add(CheckpointSql.AgentTraces(batch));
        if (batch.Any(c => c.Conversations.Count > 0))
            commands.BatchCommands.Add(CheckpointSql.Conversations(batch));
        commands.BatchCommands.Add(CheckpointSql.Notify(batch));

        await using var reader = await commands.ExecuteReaderAsync(cancellationToken);
        var applied = new List<(Guid, CheckpointResult)>(batch.Count);
        while (await reader.ReadAsync(cancellationToken))
            applied.Add((reader.GetGuid(0), new CheckpointResult(true, StatusNames.ToExecutionStatus(reader.GetString(1)))));
        while (await reader.NextResultAsync(cancellationToken)) { }
        await reader.CloseAsync();
        // Only now has the transaction committed.
        foreach (var (id, result) in applied)
            results[id] = result;
    }

    private async Task ReadAppliedAsync(IReadOnlyList<Checkpoint> batch, Dictionary<Guid, CheckpointResult> results, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select e.id, e.status
            from unnest($1, $2, $3) as c(id, epoch, seq)
            join workflow_executions e on e.id = c.id and e.lease_epoch = c.epoch and e.checkpoint_seq = c.seq
            """);
        command.Parameters.AddWithValue(batch.Select(c => c.ExecutionId).ToArray());
        command.Parameters.AddWithValue(batch.Select(c => c.Epoch).ToArray());
        command.Parameters.AddWithValue(batch.Select(c => c.Seq).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            results[reader.GetGuid(0)] = new CheckpointResult(true, StatusNames.ToExecutionStatus(reader.GetString(1)));
    }
}
