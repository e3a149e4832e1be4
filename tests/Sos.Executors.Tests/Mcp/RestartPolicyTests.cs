using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Mcp;

namespace Sos.Executors.Tests.Mcp;

public sealed class RestartPolicyTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Delays_grow_until_the_server_is_left_alone_and_is_tried_again()
    {
        var policy = new RestartPolicy(time);
        List<double> delays = [];
        for (var i = 0; i < RestartPolicy.MaxFailures; i++)
        {
            delays.Add(policy.NextDelay(out var unavailable).TotalMilliseconds);
            Assert.Null(unavailable);
            policy.Failed();
        }
        Assert.Equal([0, 0, 250, 500, 1000], delays);

        policy.NextDelay(out var rest);
        Assert.Equal(RestartPolicy.Cooldown, rest);
        time.Advance(RestartPolicy.Cooldown);
        Assert.Equal(TimeSpan.Zero, policy.NextDelay(out rest));
        Assert.Null(rest);

        policy.Failed(); // once more is once too often
        policy.NextDelay(out rest);
        Assert.Equal(RestartPolicy.Cooldown, rest);
    }

    [Fact]
    public void Old_failures_are_forgotten()
    {
        var policy = new RestartPolicy(time);
        for (var i = 0; i < 3 * RestartPolicy.MaxFailures; i++)
        {
            policy.Failed();
            time.Advance(RestartPolicy.Window * 1.1);
            Assert.Equal(TimeSpan.Zero, policy.NextDelay(out var unavailable));
            Assert.Null(unavailable);
        }
    }
}
