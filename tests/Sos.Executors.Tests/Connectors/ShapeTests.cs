using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Connectors;
using Sos.Executors.Connectors.Health;
using Sos.Executors.Connectors.Http;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;
using Sos.Workflows.Connectors;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Tests.Connectors;

/// <summary>Every action of every shipped connector, against what its service documents.</summary>
public sealed class ShapeTests
{
    public static TheoryData<string, int, string> Shapes
    {
        get
        {
            var shapes = new TheoryData<string, int, string>();
            foreach (var id in ShippedConnectors.Ids.Order(StringComparer.Ordinal))
            {
                foreach (var (index, shape) in Shape.Of(id).Index())
                    shapes.Add(id, index, shape.Action);
            }
            return shapes;
        }
    }

    public static TheoryData<string> Ids => [.. ShippedConnectors.Ids.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task An_action_sends_what_the_service_documents_and_reads_what_it_answers(string connector, int index, string action)
    {
        var shape = Shape.Of(connector)[index];
        Assert.StartsWith("https://", shape.Entry.GetProperty("source").GetString(), StringComparison.Ordinal);
        var manifest = ShippedConnectors.Find(connector)!;
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 5, 9, 0, 0, TimeSpan.Zero));
        Assert.True(ActionPlan.TryCreate(manifest.Actions[action], out var plan, out _));
        var handler = new ShapeHandler(shape);
        using var http = new OutboundHttp(handler);
        var limits = new ConnectorCall { Connector = connector, Action = action, With = shape.With, MaxItems = shape.MaxItems };
        JsonElement data = default;
        NodeError? error = null;
        try
        {
            var call = new ProviderCall
            {
                Manifest = manifest,
                Action = action,
                Plan = plan,
                Arguments = ConnectorArguments.Of(plan, limits),
                Settings = ConnectorArguments.Settings(manifest, shape.Settings),
                Limits = limits,
                Until = time.GetUtcNow().AddMinutes(1),
            };
            var health = new ProviderHealths(Options.Create(new ConnectorOptions()), time).Of(Guid.NewGuid(), call);
            data = (await new HttpProvider(http).CallAsync(call, shape.Credential(), health, Context(time), CancellationToken.None)).Data;
        }
        catch (ConnectorException e)
        {
            error = e.Error;
        }

        if (shape.Entry.TryGetProperty("error", out var expected))
        {
            Assert.NotNull(error);
            Assert.Equal(expected.GetProperty("code").GetString(), error.Code);
            Assert.Contains(expected.GetProperty("message").GetString()!, error.Message, StringComparison.Ordinal);
            if (expected.TryGetProperty("retryable", out var retryable))
                Assert.Equal(retryable.GetBoolean(), error.Retryable);
        }
        else
        {
            Assert.True(error is null, error?.Message);
            if (shape.Entry.TryGetProperty("data", out var given))
                Assert.True(JsonElement.DeepEquals(given, data), $"Expected {given.GetRawText()}, got {data.GetRawText()}");
        }
        Assert.Equal(shape.Exchanges.Count, handler.Answered);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_action_has_a_recorded_shape(string connector)
    {
        var recorded = Shape.Of(connector).Where(s => !s.Entry.TryGetProperty("error", out _)).Select(s => s.Action).ToHashSet(StringComparer.Ordinal);
        Assert.All(ShippedConnectors.Find(connector)!.Actions.Keys, action => Assert.Contains(action, recorded));
    }

    private static NodeContext Context(TimeProvider time) => new()
    {
        Execution = new ExecutionInfo
        {
            Id = Guid.Parse("0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77"),
            WorkspaceId = Guid.NewGuid(),
            OrganizationId = Guid.NewGuid(),
            WorkflowId = Guid.NewGuid(),
            WorkflowName = "test",
            Version = 1,
            Attempt = 1,
            StartedAt = time.GetUtcNow(),
        },
        NodeId = "n",
        Iteration = "",
        Attempt = 1,
        Config = JsonElement.Parse("{}"u8),
        Variables = CelVariables.Empty,
        Time = time,
    };
}
