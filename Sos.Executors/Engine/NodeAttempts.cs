using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Nodes;
using Sos.Executors.Secrets;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>How an attempt at a node came out.</summary>
/// <param name="Outcome">What the node returned; null when it was stopped from outside.</param>
/// <param name="Latency">How long it took.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Records">Rows that the node wants written.</param>
/// <param name="Children">For <see cref="NodeOutcome.CallsWorkflows"/>: the workflows that were found, in the order of the calls.</param>
/// <param name="ChildTraceParent">For the same: the trace context that the children continue.</param>
internal sealed record AttemptResult(
    NodeOutcome? Outcome, TimeSpan Latency, DateTimeOffset StartedAt, NodeRecordBatch Records, IReadOnlyList<FoundVersion>? Children = null, string? ChildTraceParent = null);

/// <summary>Commits how far an attempt has come, unless it is over or the execution is someone else's.</summary>
internal delegate Task SaveProgress(Step step, CancellationTokenSource attempt, NodeRecords records, JsonElement state, CancellationToken cancellationToken);

/// <summary>Runs attempts at nodes: evaluates the config, calls the node executor within its time, keeps the span.</summary>
internal sealed partial class NodeAttempts(RunServices services, ExecutionInfo execution, RunTelemetry telemetry, CelContext expressions, SaveProgress saveProgress)
{
    /// <summary>
    /// Runs one attempt. Whatever reads the run's state happens before the first await, and a node that only
    /// computes has no await at all.
    /// </summary>
    public async ValueTask<AttemptResult> RunAsync(Step step, CancellationToken stopping)
    {
        var startedAt = services.Time.GetUtcNow();
        var timer = services.Time.GetTimestamp();
        using var span = telemetry.StartNode(step);
        step.SpanId = span?.SpanId.ToHexString();

        var secrets = new SecretScrubber();
        // A node that only computes is given none.
        if (!step.Node.Type.Computes)
            SecretsOfSpans.Carry(span, secrets);
        NodeContext? context = null;
        NodeOutcome? outcome;
        IReadOnlyList<FoundVersion>? children = null;
        try
        {
            var config = StorableJson.Clean(step.Node.Config.Render(step.Scope.Variables, expressions));
            step.Input = step.Node.Type.HideSecrets?.Invoke(config) ?? config;
            context = CreateContext(step, config, new NodeRecords(secrets), span);
            outcome = step.Node.Type.Computes
                ? await services.Nodes.Get(step.Node.Type.Name).ExecuteAsync(context, stopping)
                : await RunWithinTimeAsync(step, context, stopping);
            if (outcome is NodeOutcome.CallsWorkflows calls)
                (outcome, children) = await FindChildrenAsync(calls, stopping);
        }
        catch (TemplateException e)
        {
            outcome = NodeOutcome.Fail("expression_failed", e.Message);
        }
        catch (CredentialException e)
        {
            outcome = new NodeOutcome.Failed(e.Error);
        }
        catch (NodeStateException e)
        {
            outcome = new NodeOutcome.Failed(e.Error);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            outcome = null;
        }
#pragma warning disable CA1031 // whatever a node throws fails its step, not the executor
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogUnexpected(services.Logger, secrets.Apply(e), step.Node.Id, execution.Id);
            outcome = new NodeOutcome.Failed(new NodeError("node_error", $"The node failed unexpectedly with {e.GetType().Name}. The executor's log has the details.") { Exception = e });
        }

        var records = context?.Records.Take() ?? new();
        outcome = secrets.Apply(Check(outcome, records));
        step.Input = secrets.Apply(step.Input);
        var latency = services.Time.GetElapsedTime(timer);
        var status = StatusOf(outcome);
        RunTelemetry.EndNode(span, status, latency, (outcome as NodeOutcome.Failed)?.Error);
        EngineMetrics.NodeEnded(step.Node.Type.Name, status, latency);
        return new AttemptResult(outcome, latency, startedAt, records, children, children is null ? null : telemetry.TraceParentFor(span));
    }

    private NodeContext CreateContext(Step step, JsonElement config, NodeRecords records, Activity? span) => new()
    {
        Execution = execution,
        NodeId = step.Node.Id,
        Iteration = step.Scope.Iteration,
        Attempt = step.Attempt,
        Config = config,
        State = step.State,
        Signal = step.Deliver(),
        Tools = step.Node.Tools,
        // A node with tools evaluates their expressions while the run goes on.
        Variables = step.Node.Tools is null ? step.Scope.Variables : Snapshot(step.Scope.Variables),
        Span = span,
        Time = services.Time,
        Progress = step.Node.Type.Computes || step.Stopping is not { } attempt ? null : (state, token) => saveProgress(step, attempt, records, state, token),
        Records = records,
        Credentials = services.Credentials,
    };

    private static CelVariables Snapshot(ICelVariables variables)
    {
        var snapshot = new CelVariables();
        foreach (var name in variables.Names)
        {
            if (variables.TryGet(name, out var value))
                snapshot.Add(name, value);
        }
        return snapshot;
    }

    /// <summary>Timers can't be set for longer than 49 days.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    /// <summary>A node that is told to stop, or has used up its time, gets a moment to do so; then it is left behind.</summary>
    private async Task<NodeOutcome?> RunWithinTimeAsync(Step step, NodeContext context, CancellationToken stopping)
    {
        var timeout = step.Node.Definition.Timeout ?? services.Options.NodeTimeout;
        using var limit = new CancellationTokenSource(timeout < LongestTimer ? timeout : LongestTimer, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        var token = either.Token;
        var running = Task.Run(async () => await services.Nodes.Get(step.Node.Type.Name).ExecuteAsync(context, token), CancellationToken.None);
        try
        {
            return await running.WaitAsync(token);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            try
            {
                return await running.WaitAsync(services.Options.CancelGrace, services.Time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                LogLeftBehind(services.Logger, step.Node.Id, execution.Id, services.Options.CancelGrace);
            }
            catch (OperationCanceledException)
            {
                // It stopped as it was told to.
            }
            return stopping.IsCancellationRequested
                ? null
                : NodeOutcome.Fail("node_timeout", $"The attempt took longer than {Workflows.Definitions.Duration.Format(timeout)}, the node's timeout.", retryable: true);
        }
    }

    private async Task<(NodeOutcome, IReadOnlyList<FoundVersion>?)> FindChildrenAsync(NodeOutcome.CallsWorkflows calls, CancellationToken stopping)
    {
        var found = new List<FoundVersion>(calls.Calls.Count);
        foreach (var call in calls.Calls)
        {
            if (execution.Depth >= services.Options.MaxDepth)
                return (NodeOutcome.Fail("too_deep", $"Workflows call each other more than {services.Options.MaxDepth} levels deep. Does '{call.Workflow}' call itself without an end?"), null);
            var version = await services.Retry.ExecuteAsync(
                async token => await services.Versions.FindAsync(execution.WorkspaceId, call.Workflow, call.Version, token), stopping);
            if (version is null)
            {
                var number = call.Version is { } asked ? $" in version {asked}" : "";
                return (NodeOutcome.Fail("workflow_not_found", $"There is no workflow '{call.Workflow}'{number} in this workspace."), null);
            }
            found.Add(version);
        }
        return (calls, found);
    }

    /// <summary>Makes what a node gives storable, or fails the node.</summary>
    private NodeOutcome? Check(NodeOutcome? outcome, NodeRecordBatch records)
    {
        NodeError? error = null;
        switch (outcome)
        {
            case NodeOutcome.Completed { Output: var output } completed:
                error = OutputCheck.Check(ref output, "The node's output", services.Options.MaxOutputBytes);
                outcome = completed with { Output = output };
                break;
            case NodeOutcome.Waiting { State: var state } waiting:
                error = NodeStateException.Check(ref state);
                outcome = waiting with { State = state };
                break;
            case NodeOutcome.CallsWorkflows calls:
                var inputs = calls.Calls.ToArray();
                for (var i = 0; i < inputs.Length && error is null; i++)
                {
                    var input = inputs[i].Input;
                    error = OutputCheck.Check(ref input, $"The input for workflow '{inputs[i].Workflow}'", services.Options.MaxOutputBytes);
                    inputs[i] = inputs[i] with { Input = input };
                }
                var kept = calls.State;
                if (kept is { } saved && (error ??= NodeStateException.Check(ref saved)) is null)
                    kept = saved;
                outcome = calls with { Calls = inputs, State = kept };
                break;
        }
        if (error is null)
            return outcome;
        // A node that has failed after all has said nothing that is worth remembering.
        records.Conversations.Clear();
        return new NodeOutcome.Failed(error);
    }

    private static string StatusOf(NodeOutcome? outcome) => outcome switch
    {
        NodeOutcome.Completed => "completed",
        NodeOutcome.Failed => "failed",
        NodeOutcome.Iterates => "iterating",
        null => "cancelled",
        _ => "waiting",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Node '{NodeId}' of execution {ExecutionId} threw an exception that its executor does not foresee.")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string nodeId, Guid executionId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node '{NodeId}' of execution {ExecutionId} did not stop within {Grace} and is left behind.")]
    private static partial void LogLeftBehind(ILogger logger, string nodeId, Guid executionId, TimeSpan grace);
}
