using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Wait;

namespace Sos.Executors.Tests.Nodes;

public sealed class WaitTests
{
    private readonly NodeRun node = new(new WaitExecutor());

    [Fact]
    public async Task A_duration_waits_and_completes_when_it_is_over()
    {
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync("""{"duration": "5m"}"""));
        Assert.Equal(node.Time.GetUtcNow().AddMinutes(5), waiting.Until);

        node.Time.Advance(TimeSpan.FromMinutes(4));
        var early = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync("""{"duration": "5m"}""", waiting.State));
        Assert.Equal(waiting.Until, early.Until);

        node.Time.Advance(TimeSpan.FromMinutes(1));
        var output = NodeRun.Completed(await node.StartAsync("""{"duration": "5m"}""", early.State)).Output;
        Assert.Equal(waiting.Until, output.GetProperty("waitedUntil").GetDateTimeOffset());
        Assert.Equal(waiting.Until!.Value.AddMinutes(-5), output.GetProperty("startedAt").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("2026-11-05T10:00:00Z", 60)]
    [InlineData("2026-11-05T10:00:00+01:00", 0)]
    [InlineData("2026-11-05t11:30:00.123456789z", 150)]
    [InlineData("2036-11-01T00:00:00Z", 5254020)]
    public async Task Until_waits_for_a_point_in_time(string until, int minutes)
    {
        var outcome = await node.StartAsync($$"""{"until": "{{until}}"}""");
        if (minutes == 0)
            Assert.IsType<NodeOutcome.Completed>(outcome);
        else
            Assert.Equal(minutes, (int)(Assert.IsType<NodeOutcome.Waiting>(outcome).Until!.Value - node.Time.GetUtcNow()).TotalMinutes);
    }

    [Theory]
    [InlineData("""{"duration": "0s"}""")]
    [InlineData("""{"until": "1999-12-31T23:59:59Z"}""")]
    public async Task What_is_over_already_completes_at_once(string config)
    {
        var output = (await node.CompleteAsync(config)).Output;
        Assert.Equal(node.Time.GetUtcNow(), output.GetProperty("startedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task The_time_chosen_at_the_start_holds_when_the_config_gives_another()
    {
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync("""{"until": "2026-11-05T10:00:00Z"}"""));
        var later = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync("""{"until": "2026-11-05T11:00:00Z"}""", waiting.State));
        Assert.Equal(waiting.Until, later.Until);
    }

    [Theory]
    [InlineData("""{}""", "exactly one")]
    [InlineData("""{"duration": "1s", "until": "2026-11-05T10:00:00Z"}""", "exactly one")]
    [InlineData("""{"until": "tomorrow"}""", "'tomorrow', which is not an RFC 3339 timestamp")]
    [InlineData("""{"until": "2026-11-05T10:00:00"}""", "time zone")]
    [InlineData("""{"until": "2026-11-05"}""", "RFC 3339")]
    [InlineData("""{"until": "2026-02-30T10:00:00Z"}""", "RFC 3339")]
    [InlineData("""{"until": "2036-11-10T00:00:00Z"}""", "ten years")]
    [InlineData("""{"duration": "3651d"}""", "$.duration")]
    [InlineData("""{"duration": "soon"}""", "$.duration")]
    public async Task A_wait_without_a_clear_end_is_refused(string config, string message)
    {
        var error = await node.FailAsync(config);
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"duration": "5m"}""", null)]
    [InlineData("""{"until": "{{ input.at }}"}""", null)]
    [InlineData("""{"until": "2026-11-05T10:00:00Z"}""", null)]
    [InlineData("""{}""", "")]
    [InlineData("""{"duration": "5m", "until": "2026-11-05T10:00:00Z"}""", "")]
    [InlineData("""{"until": "Friday"}""", "/until")]
    public void A_definition_is_checked_for_one_of_both(string config, string? pointer) =>
        Assert.Equal(pointer, WaitExecutor.Describe.CheckConfig!(JsonElement.Parse(config)).SingleOrDefault()?.Pointer);
}
