using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Durability;

/// <summary>What one execution does to itself hurts no other.</summary>
public sealed class NeighbourTests
{
    [Fact]
    public async Task Bombs_and_targets_that_never_answer_do_not_hold_up_others()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0); // takes connections and says nothing
        silent.Start(backlog: 512);
        await using var engine = await EngineHost.CreateAsync();
        await engine.StartExecutorAsync(o => o.Slots = 64);
        var stuck = await engine.SaveAsync($$"""
            { "name": "stuck", "nodes": [ { "id": "a", "type": "http", "config": { "url": "http://127.0.0.1:{{((IPEndPoint)silent.LocalEndpoint).Port}}/" } } ] }
            """);
        var bomb = await engine.SaveAsync("""
            { "name": "bomb", "nodes": [ { "id": "a", "type": "transform", "config": {
                "value": "{{ input.map(a, input.map(b, input.map(c, input.map(d, a + b + c + d)))) }}" } } ] }
            """);
        var wide = await engine.SaveAsync("""
            { "name": "wide", "nodes": [ { "id": "each", "type": "foreach", "config": { "items": "{{ input }}", "maxConcurrency": 100,
                "body": { "nodes": [ { "id": "x", "type": "transform", "config": { "value": "{{ item }}" } } ] } } } ] }
            """);
        var plain = await engine.SaveAsync("""{ "name": "plain", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        var numbers = JsonSerializer.Serialize(Enumerable.Range(0, 1_000));

        var stuckOnes = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => engine.SubmitAsync(stuck)));
        var bombs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engine.SubmitAsync(bomb, numbers)));
        var large = await engine.SubmitAsync(wide, numbers);
        var plainOnes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => engine.SubmitAsync(plain)));

        foreach (var id in plainOnes)
            Assert.Equal("completed", (await engine.EndAsync(id)).Status);
        foreach (var id in bombs)
            Assert.Equal("expression_failed", (await engine.EndAsync(id)).ErrorCode);
        Assert.Equal(1_000, (await engine.EndAsync(large)).Output!.Value.GetProperty("succeeded").GetInt32());
        Assert.All(await Task.WhenAll(stuckOnes.Select(engine.ReadAsync)), r => Assert.Equal("running", r.Status));
        foreach (var id in stuckOnes)
            await engine.SignalAsync(id, "cancel");
        foreach (var id in stuckOnes)
            Assert.Equal("cancelled", (await engine.EndAsync(id)).Status);
    }
}
