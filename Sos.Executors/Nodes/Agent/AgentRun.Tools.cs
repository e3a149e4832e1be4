using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Nodes.Agent.React;
using Sos.Executors.Nodes.Agent.Tools;
using Sos.Executors.Secrets;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Agent;

/// <summary>Running the tools that the model calls.</summary>
internal sealed partial class AgentRun
{
    private const int MaxParallelTools = 8;

    /// <summary>Runs the calls that have no result yet.</summary>
    /// <returns>What the node waits for, where other workflows have to run first; null when every call has its result.</returns>
    private async Task<NodeOutcome?> RunToolsAsync(CancellationToken cancellationToken)
    {
        ToolCall[] local = [.. state.Pending.Where(c => c.Result is null && Workflow(c) is null)];
        using var room = new SemaphoreSlim(config.ParallelTools ? MaxParallelTools : 1);
        await Task.WhenAll(local.Select(call => RunWithinAsync(room, call, cancellationToken)));

        ToolCall[] children = [.. state.Pending.Where(c => c.Result is null)];
        if (children.Length == 0)
            return null;
        ToolCall[] fresh = [.. children.Where(c => c.ExecutionId is null)];
        if (fresh.Length == 0)
            return new NodeOutcome.Waiting(Deadline, state.ToJson());
        var now = context.Time.GetUtcNow();
        foreach (var call in fresh)
        {
            call.StartedAt = now;
            call.ExecutionId = Guid.CreateVersion7(now);
        }
        return new NodeOutcome.CallsWorkflows(
            [.. fresh.Select(c => (Call: c, Tool: Workflow(c)!)).Select(c => new WorkflowCall(c.Call.ExecutionId!.Value, c.Tool.Workflow, c.Tool.Version, c.Call.Arguments))],
            state.ToJson(),
            Deadline);
    }

    /// <summary>The workflow that a call is for and can be made; null for all else, mistakes included.</summary>
    private WorkflowTool? Workflow(ToolCall call) =>
        call.Problem is null && toolbox.TryGet(call.Name, out var tool) && tool is WorkflowTool workflow && (call.ExecutionId is not null || workflow.Problem(call.Arguments) is null)
            ? workflow
            : null;

    private async Task RunWithinAsync(SemaphoreSlim room, ToolCall call, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        try
        {
            await RunToolAsync(call, cancellationToken);
        }
        finally
        {
            room.Release();
        }
    }

    private async Task RunToolAsync(ToolCall call, CancellationToken cancellationToken)
    {
        toolbox.TryGet(call.Name, out var tool);
        call.StartedAt = context.Time.GetUtcNow();
        var timer = context.Time.GetTimestamp();
        using var span = AgentTelemetry.StartTool(context, call, tool);
        var result = Cut(await InvokeAsync(call, tool, cancellationToken));
        AgentTelemetry.EndTool(span, call, result, services.Capture.OnSpans, Redact);
        Note(call, tool, result, context.Time.GetElapsedTime(timer), span?.SpanId.ToHexString());
        if (result.ErrorCode is not null && config.OnToolError == OnToolError.Fail)
            throw new AgentException(new NodeError(result.ErrorCode, $"The tool '{call.Name}' failed: {AgentTelemetry.Short(result.Text, 500)}") { Details = Details() });
        await SaveAsync(cancellationToken);
    }

    private async Task<ToolResult> InvokeAsync(ToolCall call, AgentTool? tool, CancellationToken cancellationToken)
    {
        if (tool is null)
            return ToolResult.Failed("unknown_tool", $"There is no tool '{call.Name}'. {(toolbox.Names.Count == 0 ? "There are no tools at all." : $"There are: {string.Join(", ", toolbox.Names)}.")}");
        if ((call.Problem ?? tool.Problem(call.Arguments)) is { } problem)
            return ToolResult.Failed("invalid_arguments", $"The arguments do not fit. {problem}");
        try
        {
            return tool is LocalTool local ? await local.InvokeAsync(call, context, cancellationToken) : throw new InvalidOperationException($"{tool.Kind} is no local tool.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // whatever a tool throws is told to the model, not to the executor
        catch (Exception e)
#pragma warning restore CA1031
        {
            AgentExecutor.LogUnexpected(services.Logger, context.Secrets.Apply(e), call.Name, context.NodeId, context.Execution.Id);
            return ToolResult.Failed("tool_error", $"The tool failed unexpectedly with {e.GetType().Name}.");
        }
    }

    /// <summary>Another workflow that a tool call started has ended.</summary>
    private void Receive(NodeSignal? signal)
    {
        if (signal is not { Kind: "child" } || signal.Payload.Deserialize(Nodes.Workflow.ChildSignalJson.Default.ChildSignal) is not { } child
            || state.Pending.FirstOrDefault(c => c.ExecutionId == child.ExecutionId && c.Result is null) is not { } call)
        {
            return;
        }
        var result = Cut(child.Status == "completed"
            ? new ToolResult(child.Output ?? JsonElement.Parse("null"))
            : ToolResult.Failed($"child_{child.Status}", child.Error is { ValueKind: JsonValueKind.Object } error && error.TryGetProperty("message", out var message) ? message.ToString() : $"The workflow was {child.Status}."));
        toolbox.TryGet(call.Name, out var tool);
        using var span = AgentTelemetry.StartTool(context, call, tool);
        AgentTelemetry.EndTool(span, call, result, services.Capture.OnSpans, Redact);
        Note(call, tool, result, context.Time.GetUtcNow() - call.StartedAt!.Value, span?.SpanId.ToHexString());
        if (result.ErrorCode is not null && config.OnToolError == OnToolError.Fail)
            throw new AgentException(new NodeError(result.ErrorCode, $"The tool '{call.Name}' failed: {AgentTelemetry.Short(result.Text, 500)}") { Details = Details() });
    }

    private void Note(ToolCall call, AgentTool? tool, ToolResult result, TimeSpan latency, string? spanId)
    {
        AgentTelemetry.LogTool(context, call, tool, result, latency);
        lock (state)
        {
            call.Result = result;
            state.Usage += result.Spent.Usage;
            state.CostUsd += result.Spent.CostUsd;
            state.CostIsKnown &= result.Spent.CostIsKnown;
            state.Steps.Add(new AgentStep
            {
                Iteration = state.Iterations,
                Kind = "tool",
                Name = call.Name,
                CallId = call.Id,
                Status = result.ErrorCode is null ? "completed" : "failed",
                ErrorCode = result.ErrorCode,
                CostUsd = result.Spent.CostUsd > 0 ? result.Spent.CostUsd : null,
                StartedAt = call.StartedAt,
                LatencyMs = latency.TotalMilliseconds,
                SpanId = spanId,
                ExecutionId = call.ExecutionId,
                Input = Keep(call.Arguments.GetRawText()),
                Output = Keep(result.Text),
            });
        }
    }

    /// <summary>Shows the model what its calls came to.</summary>
    private void AppendResults()
    {
        if (config.Type == AgentKind.React)
            state.Messages.AddRange(state.Pending.Select(c => ReactProtocol.Observe(c.Result!.Text)));
        else
            state.Messages.Add(new ChatMessage(ChatRole.Tool, [.. state.Pending.Select(c => new FunctionResultContent(c.Id, c.Result!.Text))]));
        state.Pending.Clear();
    }

    /// <summary>A result is kept and shown only so far.</summary>
    private ToolResult Cut(ToolResult result)
    {
        result = result with { Content = StorableJson.Clean(result.Content) };
        var text = result.Text;
        return text.Length <= config.MaxToolResult
            ? result
            : result with { Content = JsonSerializer.SerializeToElement(StorableJson.Clean($"{text[..config.MaxToolResult]}… (cut: {config.MaxToolResult:N0} of {text.Length:N0} characters)"), AgentTextJson.Default.String) };
    }
}
