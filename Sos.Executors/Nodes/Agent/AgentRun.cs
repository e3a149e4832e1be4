using System.Runtime.InteropServices;
using System.Text.Json;
using Sos.Executors.Models;
using Sos.Executors.Nodes.Agent.Tools;

namespace Sos.Executors.Nodes.Agent;

/// <summary>
/// One attempt of an agent: asks the model, runs the tools that it calls, and so on until it answers, saving after
/// each step what must not be done twice.
/// </summary>
/// <remarks>The parts: <c>Model</c> asks, <c>Tools</c> runs tools, <c>Records</c> writes down what happened.</remarks>
internal sealed partial class AgentRun(AgentConfig config, NodeContext context, AgentState state, AgentServices services, bool keepsContent)
{
    private readonly string agent = NameOf(config, context);
    private AgentToolbox toolbox = AgentToolbox.Empty;
    private string? provider = config.Provider;
    private string? model;
    private string? finishReason;
    private bool isDemo;

    /// <summary>The agent's name: its own or its node's.</summary>
    public static string NameOf(AgentConfig config, NodeContext context) => string.IsNullOrWhiteSpace(config.Agent) ? context.NodeId : config.Agent;

    /// <summary>Runs until the agent answers, fails, or waits for another workflow.</summary>
    public async Task<NodeOutcome> RunAsync(CancellationToken cancellationToken)
    {
        using var span = AgentTelemetry.StartAgent(context, config, agent);
        using var deadline = Deadline is { } at
            ? new CancellationTokenSource(TimeSpan.FromTicks(Math.Clamp((at - context.Time.GetUtcNow()).Ticks, 0, LongestTimer.Ticks)), context.Time)
            : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        NodeOutcome outcome;
        try
        {
            outcome = await LoopAsync(either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            outcome = new NodeOutcome.Failed(LimitReached("agent_time_limit", $"The agent took longer than {Sos.Workflows.Definitions.Duration.Format(config.Limits.Time!.Value)}, its limits.time."));
        }
        catch (AgentException e)
        {
            outcome = new NodeOutcome.Failed(e.Error);
        }
        catch (ModelCallException e)
        {
            outcome = new NodeOutcome.Failed(e.Error);
        }
        catch (OperationCanceledException)
        {
            AgentTelemetry.EndAgent(span, state, provider, "cancelled", null);
            throw;
        }
        catch (Exception e)
        {
            Record(span, NodeOutcome.Fail("node_error", $"The agent failed unexpectedly with {e.GetType().Name}."));
            throw;
        }
        Record(span, outcome);
        return outcome;
    }

    private DateTimeOffset? Deadline => state.StartedAt + config.Limits.Time;

    private async Task<NodeOutcome> LoopAsync(CancellationToken cancellationToken)
    {
        // What another workflow has given is kept before anything can fail.
        if (Receive(context.Signal))
            await SaveAsync(cancellationToken);
        toolbox = await AgentToolbox.OpenAsync(context, services, cancellationToken);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (state.Pending.Count > 0)
            {
                if (await RunToolsAsync(cancellationToken) is { } wait)
                    return wait;
                AppendResults();
            }
            if (await AskAsync(cancellationToken) is { } answer)
                return Complete(answer);
            await SaveAsync(cancellationToken);
        }
    }

    /// <summary>Commits what has been done, so that nothing of it is done again after a crash.</summary>
    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        Task saved;
        lock (state)
        {
            // Sent under the lock: what one tool saves must not be overtaken by what another saved before it.
            saved = context.SaveProgressAsync(StateJson(), cancellationToken);
        }
        await saved;
    }

    /// <summary>The state to be kept.</summary>
    private JsonElement StateJson()
    {
        var json = state.ToJson();
        return JsonMarshal.GetRawUtf8Value(json).Length <= MaxStateBytes
            ? json
            : throw new AgentException("agent_context_too_large", $"The agent's conversation has grown over {MaxStateBytes / 1024 / 1024} MiB. Lower maxToolResult or limits.iterations.");
    }

    // Timers can't be set for longer than 49 days; a node's attempt ends before.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private const int MaxStateBytes = 8 * 1024 * 1024;

    private void CheckIterations()
    {
        if (state.Iterations >= config.Limits.Iterations)
            throw new AgentException(LimitReached("agent_iteration_limit", $"The agent has asked the model {state.Iterations} times, its limits.iterations, without an answer."));
    }

    /// <summary>Before everything that may cost something.</summary>
    private void CheckSpending()
    {
        var limits = config.Limits;
        if (state.Usage.TotalTokens >= limits.Tokens)
            throw new AgentException(LimitReached("agent_token_limit", $"The agent has used {state.Usage.TotalTokens:N0} tokens; its limits.tokens are {limits.Tokens:N0}."));
        if (limits.CostUsd is not { } dollars)
            return;
        if (state.UnpricedModel is not null)
            throw new AgentException(LimitReached("agent_cost_unknown", $"The agent may cost {dollars} USD (limits.costUsd), but nobody knows what '{state.UnpricedModel}' costs. Add its price, or take the limit away."));
        if (state.CostUsd >= dollars)
            throw new AgentException(LimitReached("agent_cost_limit", $"The agent has cost {state.CostUsd} USD; its limits.costUsd are {dollars}."));
    }

    /// <summary>An error that says how far the agent had come.</summary>
    private NodeError LimitReached(string code, string message) => new(code, message) { Details = Details() };
}
