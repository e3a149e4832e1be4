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
    private const int MaxCallsAtOnce = 64;
    private const int MaxNameLength = 128;

    /// <summary>Runs the calls that have no result yet.</summary>
    /// <returns>What the node waits for, where other workflows have to run first; null when every call has its result.</returns>
    private async Task<NodeOutcome?> RunToolsAsync(CancellationToken cancellationToken)
    {
        RefuseTooMany();
        ToolCall[] local = [.. state.Pending.Where(c => c is { Result: null, ExecutionId: null } && Workflow(c) is null)];
        using var room = new SemaphoreSlim(config.ParallelTools ? MaxParallelTools : 1);
        await Task.WhenAll(local.Select(call => RunWithinAsync(room, call, cancellationToken)));

        ToolCall[] children = [.. state.Pending.Where(c => c.Result is null)];
        if (children.Length == 0)
            return null;
        ToolCall[] fresh = [.. children.Where(c => c.ExecutionId is null)];
        if (fresh.Length == 0)
            return new NodeOutcome.Waiting(Deadline, StateJson());
        CheckSpending();
        var now = context.Time.GetUtcNow();
        foreach (var call in fresh)
        {
            call.StartedAt = now;
            call.ExecutionId = Guid.CreateVersion7(now);
        }
        return new NodeOutcome.CallsWorkflows(
            [.. fresh.Select(c => (Call: c, Tool: Workflow(c)!)).Select(c => new WorkflowCall(c.Call.ExecutionId!.Value, c.Tool.Workflow, c.Tool.Version, c.Call.Arguments))],
            StateJson(),
            Deadline);
    }

    /// <summary>No answer of a model starts more than a bounded number of tools.</summary>
    private void RefuseTooMany()
    {
        foreach (var call in state.Pending.Skip(MaxCallsAtOnce).Where(c => c is { Result: null, ExecutionId: null }))
            call.Result = ToolResult.Failed("too_many_calls", $"At most {MaxCallsAtOnce} tools are called at once; this call was not made.");
    }

    /// <summary>The workflow that a call is for and can be made; null for all else, mistakes included.</summary>
    private WorkflowTool? Workflow(ToolCall call) =>
        call.Problem is null && toolbox.TryGet(call.Name, out var tool) && tool is WorkflowTool workflow && context.Execution.Depth < services.MaxDepth && workflow.Problem(call.Arguments) is null
            ? workflow
            : null;

    private async Task RunWithinAsync(SemaphoreSlim room, ToolCall call, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        try
        {
            // A call that has not begun when another has failed the node is not made.
            if (failure is null)
                await RunToolAsync(call, cancellationToken);
        }
        finally
        {
            room.Release();
        }
    }

    private AgentException? failure;

    private async Task RunToolAsync(ToolCall call, CancellationToken cancellationToken)
    {
        CheckSpending();
        toolbox.TryGet(call.Name, out var tool);
        call.StartedAt = context.Time.GetUtcNow();
        var timer = context.Time.GetTimestamp();
        using var span = AgentTelemetry.StartTool(context, call, tool);
        var result = Cut(await InvokeAsync(call, tool, cancellationToken));
        AgentTelemetry.EndTool(span, call, result, services.Capture.OnSpans, Redact);
        Note(call, tool?.Kind, result, context.Time.GetElapsedTime(timer), span?.SpanId.ToHexString());
        if (result.ErrorCode is not null && config.OnToolError == OnToolError.Fail)
            throw failure = ToolFailed(call, result);
        await SaveAsync(cancellationToken);
    }

    private AgentException ToolFailed(ToolCall call, ToolResult result) =>
        new(new NodeError(result.ErrorCode!, $"The tool '{Short(call.Name)}' failed: {AgentTelemetry.Short(result.Text, 500)}")
        {
            Details = Details(),
            Retryable = result.Error?.Retryable ?? false,
            RetryAfter = result.Error?.RetryAfter,
        });

    private static string Short(string name) => AgentTelemetry.Short(name, MaxNameLength);

    private async Task<ToolResult> InvokeAsync(ToolCall call, AgentTool? tool, CancellationToken cancellationToken)
    {
        if (tool is null)
            return ToolResult.Failed("unknown_tool", $"There is no tool '{Short(call.Name)}'. {(toolbox.Names.Count == 0 ? "There are no tools at all." : $"There are: {string.Join(", ", toolbox.Names)}.")}");
        if ((call.Problem ?? tool.Problem(call.Arguments)) is { } problem)
            return ToolResult.Failed("invalid_arguments", $"The arguments do not fit. {problem}");
        if (tool is WorkflowTool)
            return ToolResult.Failed("too_deep", $"Workflows call each other more than {services.MaxDepth} levels deep.");
        try
        {
            return tool is LocalTool local ? await local.InvokeAsync(call, context, SaveAsync, cancellationToken) : throw new InvalidOperationException($"{tool.Kind} is no local tool.");
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
    /// <returns>Whether there is something new to keep.</returns>
    private bool Receive(NodeSignal? signal)
    {
        if (signal is not { Kind: "child" } || signal.Payload.Deserialize(Nodes.Workflow.ChildSignalJson.Default.ChildSignal) is not { } child
            || state.Pending.FirstOrDefault(c => c.ExecutionId == child.ExecutionId && c.Result is null) is not { } call)
        {
            return false;
        }
        var result = Cut(child.Status == "completed"
            ? new ToolResult(child.Output ?? JsonElement.Parse("null"))
            : ToolResult.Failed($"child_{child.Status}", child.Error is { ValueKind: JsonValueKind.Object } error && error.TryGetProperty("message", out var message) ? message.ToString() : $"The workflow was {child.Status}."));
        using var span = AgentTelemetry.StartTool(context, call, null);
        AgentTelemetry.EndTool(span, call, result, services.Capture.OnSpans, Redact);
        Note(call, "workflow", result, context.Time.GetUtcNow() - call.StartedAt!.Value, span?.SpanId.ToHexString());
        // Its tokens are not known here, what it has cost is.
        state.CostUsd += child.CostUsd ?? 0;
        if (result.ErrorCode is not null && config.OnToolError == OnToolError.Fail)
            throw ToolFailed(call, result);
        return true;
    }

    private void Note(ToolCall call, string? kind, ToolResult result, TimeSpan latency, string? spanId)
    {
        var spent = result.Spent + ToolSpending.Of(result.Records);
        // The result, and what the tool has written, are saved together or not at all.
        lock (state)
        {
            if (result.Records is { } records)
                context.Records.Add(records);
            AgentTelemetry.LogTool(context, call, kind, result, latency);
            call.Result = result with { Records = null };
            state.Usage += spent.Usage;
            state.CostUsd += spent.CostUsd;
            state.UnpricedModel ??= spent.UnpricedModel;
            state.Steps.Add(new AgentStep
            {
                Iteration = state.Iterations,
                Kind = "tool",
                Name = Short(call.Name),
                CallId = call.Id,
                Status = result.ErrorCode is null ? "completed" : "failed",
                ErrorCode = result.ErrorCode,
                CostUsd = spent.CostUsd > 0 ? spent.CostUsd : null,
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

    /// <summary>A result is kept and shown only so far, and only what can be kept.</summary>
    private ToolResult Cut(ToolResult result)
    {
        var content = result.Content;
        if (Stored.Problem(ref content) is { } problem)
            return ToolResult.Failed("output_not_storable", $"The tool's result can't be used. {problem}") with { Records = result.Records };
        result = result with { Content = content };
        var text = result.Text;
        return text.Length <= config.MaxToolResult
            ? result
            : result with { Content = JsonSerializer.SerializeToElement(StorableJson.Clean($"{text[..config.MaxToolResult]}… (cut: {config.MaxToolResult:N0} of {text.Length:N0} characters)"), AgentTextJson.Default.String) };
    }
}
