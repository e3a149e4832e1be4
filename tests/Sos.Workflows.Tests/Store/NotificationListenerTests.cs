using Microsoft.Extensions.Logging.Abstractions;
using Sos.Testing.Postgres;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class NotificationListenerTests
{
    [Fact]
    public async Task A_connection_that_has_been_silent_is_asked_and_kept()
    {
        await using var database = await TestDatabase.CreateAsync();
        var listener = new NotificationListener(database.DataSource, TimeProvider.System, NullLogger<NotificationListener>.Instance) { KeepAlive = TimeSpan.FromMilliseconds(20) };
        var connections = 0;
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var notified = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        var listening = listener.ListenAsync(
            [NotificationListener.WorkChannel],
            (_, payload) => notified.TrySetResult(payload),
            () =>
            {
                Interlocked.Increment(ref connections);
                connected.TrySetResult();
            },
            stop.Token);
        await connected.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // It has been asked when the server has seen the question on the connection that listens.
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await database.QueryAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and query = 'select 1'") == 0)
            await pulse.WaitForNextTickAsync(limit.Token);
        await database.ExecuteAsync($"select pg_notify('{NotificationListener.WorkChannel}', 'hello')");
        Assert.Equal("hello", await notified.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, connections);
        await stop.CancelAsync();
        await listening;
    }
}
