using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Nodes;
using Sos.Executors.Secrets;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Tests.Nodes;

/// <summary>Runs single nodes as the engine does, with configs whose expressions have been evaluated, and secrets taken out of outcomes.</summary>
internal sealed class NodeRun(NodeExecutor executor)
{
    private static readonly Guid ExecutionId = Guid.Parse("0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 5, 9, 0, 0, TimeSpan.Zero));

    public Guid Workspace { get; } = Guid.CreateVersion7();

    /// <summary>A secret that every attempt has already, as that of an agent whose tool it is.</summary>
    public string? Secret { get; set; }

    public NodeContext? LastContext { get; private set; }

    public async Task<NodeOutcome> StartAsync(string config, JsonElement? state = null, NodeSignal? signal = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        LastContext = new NodeContext
        {
            Execution = new ExecutionInfo
            {
                Id = ExecutionId,
                WorkspaceId = Workspace,
                OrganizationId = Guid.NewGuid(),
                WorkflowId = Guid.NewGuid(),
                WorkflowName = "test",
                Version = 1,
                Attempt = 1,
                StartedAt = Time.GetUtcNow(),
            },
            NodeId = "n",
            Iteration = "",
            Attempt = 1,
            Config = JsonElement.Parse(config),
            State = state,
            Signal = signal,
            Variables = CelVariables.Empty,
            Time = time ?? Time,
        };
        LastContext.Secrets.Add(Secret);
        return LastContext.Secrets.Apply(await executor.ExecuteAsync(LastContext, cancellationToken))!;
    }

    public async Task<NodeOutcome.Completed> CompleteAsync(string config) => Completed(await StartAsync(config));

    public async Task<NodeError> FailAsync(string config) => Failed(await StartAsync(config));

    public static NodeOutcome.Completed Completed(NodeOutcome outcome) =>
        outcome is NodeOutcome.Failed failed ? throw new InvalidOperationException($"{failed.Error.Code}: {failed.Error.Message}") : Assert.IsType<NodeOutcome.Completed>(outcome);

    public static NodeError Failed(NodeOutcome outcome) => Assert.IsType<NodeOutcome.Failed>(outcome).Error;

    public static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), $"Expected {expected}, got {actual.GetRawText()}");
}
