using System.Threading.Channels;
using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>
/// Gathers writes that are wanted at the same time into shared transactions. While one batch is being committed the
/// next one gathers, so a lone write waits for nobody and a thousand share a commit; each caller is answered after the
/// transaction that holds its write.
/// </summary>
/// <remarks>
/// A batch that the database refuses because of its data is halved and tried again until only the write that is at
/// fault fails. The queue is bounded: callers wait for room when the database can't keep up.
/// </remarks>
public sealed class GroupCommit<TItem, TResult> : IAsyncDisposable
{
    private readonly Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> commit;
    private readonly int maxBatch;
    private readonly Channel<Entry> queue;
    private readonly Task[] writers;
    private readonly CancellationTokenSource givingUp = new();

    /// <summary>Starts the writers.</summary>
    /// <param name="commit">Commits a batch and gives one result per item, in their order.</param>
    /// <param name="maxBatch">The most items in one transaction.</param>
    /// <param name="writers">How many transactions may be under way at once.</param>
    /// <param name="capacity">How many items may wait before callers do.</param>
    public GroupCommit(
        Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> commit,
        int maxBatch = 500,
        int writers = 1,
        int capacity = 10_000)
    {
        this.commit = commit;
        this.maxBatch = maxBatch;
        queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(capacity) { SingleReader = writers == 1 });
        this.writers = [.. Enumerable.Range(0, writers).Select(_ => Task.Run(WriteAsync))];
    }

    /// <summary>Adds a write and waits for its commit.</summary>
    /// <param name="item">The write.</param>
    /// <param name="cancellationToken">Gives up waiting; a write that a batch has taken may still commit.</param>
    public async Task<TResult> AddAsync(TItem item, CancellationToken cancellationToken)
    {
        var entry = new Entry(item, new(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken);
        await queue.Writer.WriteAsync(entry, cancellationToken);
        return await entry.Completion.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Commits what was added and stops; what can't be committed within five seconds is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        givingUp.CancelAfter(TimeSpan.FromSeconds(5));
        await Task.WhenAll(writers);
        givingUp.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new List<Entry>();
        while (await queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < maxBatch && queue.Reader.TryRead(out var entry))
            {
                if (entry.CancellationToken.IsCancellationRequested)
                    entry.Completion.TrySetCanceled(entry.CancellationToken);
                else
                    batch.Add(entry);
            }
            if (batch.Count > 0)
                await CommitAsync(batch);
        }
    }

    private async Task CommitAsync(List<Entry> batch)
    {
        try
        {
            // A shared commit does not belong to one caller, so no caller's cancellation ends it.
            var results = await commit(batch.ConvertAll(e => e.Item), givingUp.Token);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Completion.TrySetResult(results[i]);
        }
        catch (PostgresException e) when (batch.Count > 1 && DatabaseRetry.IsFaultOfData(e))
        {
            var half = batch.Count / 2;
            await CommitAsync(batch.GetRange(0, half));
            await CommitAsync(batch.GetRange(half, batch.Count - half));
        }
#pragma warning disable CA1031 // every caller gets the exception
        catch (Exception e)
#pragma warning restore CA1031
        {
            foreach (var entry in batch)
                entry.Completion.TrySetException(e);
        }
    }

    /// <summary>Data exceptions (22), integrity violations (23) and exceeded limits (54) come back with the same data.</summary>
    private readonly record struct Entry(TItem Item, TaskCompletionSource<TResult> Completion, CancellationToken CancellationToken);
}
