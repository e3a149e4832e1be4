using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Connectors;
using Sos.Executors.Connectors.Health;
using Sos.Workflows.Connectors;

namespace Sos.Executors.Tests.Connectors;

/// <summary>How many requests a provider gets, and when.</summary>
public sealed class SlidingWindowTests
{
    [Fact]
    public void After_a_rest_all_turns_are_there_again()
    {
        var time = new FakeTimeProvider();
        var window = new SlidingWindow(2, TimeSpan.FromHours(1), time);
        Assert.True(window.TryTake(out _));
        Assert.True(window.TryTake(out _));
        Assert.False(window.TryTake(out var wait));
        Assert.InRange(wait, TimeSpan.FromMinutes(54), TimeSpan.FromHours(1));
        time.Advance(wait);
        Assert.True(window.TryTake(out _));
        time.Advance(TimeSpan.FromHours(5));
        Assert.True(window.TryTake(out _));
        Assert.True(window.TryTake(out _));
        Assert.False(window.TryTake(out _));
    }

    [Property]
    public Property No_nine_tenths_of_a_window_have_more_turns_than_the_limit() => Prop.ForAll(
        Gen.Choose(0, 400).ListOf().ToArbitrary(),
        pauses =>
        {
            var time = new FakeTimeProvider();
            var window = new SlidingWindow(5, TimeSpan.FromMilliseconds(1_000), time);
            var taken = new List<long>();
            foreach (var pause in pauses)
            {
                time.Advance(TimeSpan.FromMilliseconds(pause));
                var now = (long)(time.GetUtcNow() - time.Start).TotalMilliseconds;
                if (window.TryTake(out var wait))
                    taken.Add(now);
                else if (wait <= TimeSpan.Zero || wait > TimeSpan.FromSeconds(1))
                    return false;
            }
            return taken.All(from => taken.Count(t => t >= from && t <= from + 900) <= 5);
        });

    [Fact]
    public async Task Of_two_requests_for_patience_the_longer_counts()
    {
        var time = new FakeTimeProvider();
        var health = new ProviderHealth(null, new ConnectorOptions(), time);
        health.LeaveAlone(TimeSpan.FromSeconds(60));
        health.LeaveAlone(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(2));
        var e = await Assert.ThrowsAsync<ConnectorException>(() => health.TurnAsync("p", time.GetUtcNow().AddSeconds(5), CancellationToken.None));
        Assert.Equal("connector_rate_limited", e.Error.Code);
        time.Advance(TimeSpan.FromSeconds(60));
        (await health.TurnAsync("p", time.GetUtcNow().AddSeconds(5), CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Places_are_given_back_however_a_turn_ends()
    {
        var time = new FakeTimeProvider();
        var health = new ProviderHealth(new ConnectorRateLimit { Requests = 100, Per = "1h", Concurrent = 1 }, new ConnectorOptions(), time);
        for (var i = 0; i < 3; i++)
        {
            var turn = await health.TurnAsync("p", time.GetUtcNow().AddSeconds(5), CancellationToken.None);
            turn.Dispose();
            turn.Dispose(); // twice is once
        }
        health.LeaveAlone(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<ConnectorException>(() => health.TurnAsync("p", time.GetUtcNow().AddSeconds(5), CancellationToken.None));
        time.Advance(TimeSpan.FromMinutes(2));
        (await health.TurnAsync("p", time.GetUtcNow().AddSeconds(5), CancellationToken.None)).Dispose();
    }
}
