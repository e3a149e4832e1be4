using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sos.Executors.Nodes;
using Sos.Executors.Secrets;
using Sos.Workflows.Executions;
using Sos.Workflows.Graph;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Engine;

/// <summary>The spans of one run: <c>workflow.execute</c>, its start marker, and a span per attempt at a node.</summary>
internal sealed class RunTelemetry : IDisposable
{
    private readonly ClaimedExecution claim;
    private readonly ActivityContext parent;
    private readonly Activity? run;

    public RunTelemetry(ClaimedExecution claim, WorkflowPlan? plan)
    {
        this.claim = claim;
        ActivityContext.TryParse(claim.TraceParent, null, isRemote: true, out parent);
        TraceId = parent.TraceId.ToHexString();

        // A run that goes on after a wait or a crash is a new span in the same trace, linked to the one before.
        ActivityLink[] links = claim.PreviousSpanId is { } previous
            ? [new ActivityLink(new ActivityContext(parent.TraceId, ActivitySpanId.CreateFromString(previous), parent.TraceFlags))]
            : [];
        var surrounding = Activity.Current;
        run = SosTelemetry.Source.StartActivity(SpanNames.WorkflowExecute, ActivityKind.Consumer, parent, links: links);
        if (run is { IsAllDataRequested: true })
        {
            Describe(run);
            run.SetTag(Attributes.WorkflowStepMode, claim.StepMode);
            run.SetTag(Attributes.WorkflowNodeCount, plan?.NodeCount);
            run.SetTag(Attributes.WorkflowAttempt, claim.Epoch);
            if (claim.ParentExecutionId is { } parentExecution)
                run.SetTag(Attributes.WorkflowParentExecutionId, parentExecution.ToString());
        }
        // Ends at once, so that it is exported while the run is still going.
        using (var started = SosTelemetry.Source.StartActivity(SpanNames.WorkflowStarted, ActivityKind.Internal, Context))
        {
            if (started is { IsAllDataRequested: true })
            {
                Describe(started);
                started.SetTag(Attributes.WorkflowAttempt, claim.Epoch);
                started.SetEndTime(started.StartTimeUtc);
            }
        }
        // The run is the explicit parent of its nodes; it is not current, since the loop that runs it serves the database too.
        Activity.Current = surrounding;
    }

    /// <summary>The execution's trace, also when nobody listens.</summary>
    public string TraceId { get; }

    /// <summary>The run's span; null when nobody listens.</summary>
    public string? SpanId => run?.SpanId.ToHexString();

    private ActivityContext Context => run?.Context ?? parent;

    /// <summary>Starts the span of one attempt at a node, current until it is disposed.</summary>
    public Activity? StartNode(Step step)
    {
        var span = SosTelemetry.Source.StartActivity(NodeSpanName(step.Node.Type.Name), ActivityKind.Internal, Context);
        if (span is { IsAllDataRequested: true })
        {
            Describe(span);
            span.SetTag(Attributes.NodeId, step.Node.Id);
            span.SetTag(Attributes.NodeType, step.Node.Type.Name);
            span.SetTag(Attributes.NodeAttempt, step.Attempt);
            if (step.Scope.Iteration.Length > 0)
                span.SetTag(Attributes.NodeIteration, step.Scope.Iteration);
        }
        return span;
    }

    /// <summary>Ends a node's span.</summary>
    public static void EndNode(Activity? span, string status, TimeSpan latency, NodeError? error)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag(Attributes.NodeStatus, status);
        span.SetTag(Attributes.NodeLatencyMs, latency.TotalMilliseconds);
        if (error is not null)
        {
            span.SetTag(Attributes.NodeError, error.Message);
            span.SetTag(Attributes.NodeErrorCode, error.Code);
            span.SetFailure(error.Code, error.Message, (error.Exception as ScrubbedException)?.TypeName ?? error.Exception?.GetType().FullName);
        }
    }

    /// <summary>Ends the spans of model calls whose rows have been committed; budgets see them in the database now.</summary>
    public static void EndCommitted(IReadOnlyList<ModelCall> calls)
    {
        if (calls.Count == 0)
            return;
        // Stopping a span makes its parent the current one, which it is long past being here.
        var surrounding = Activity.Current;
        foreach (var call in calls)
        {
            call.Span?.Dispose();
            call.Reservation?.Dispose();
        }
        Activity.Current = surrounding;
    }

    /// <summary>The trace context that a child execution of a node continues.</summary>
    public string TraceParentFor(Activity? nodeSpan) =>
        nodeSpan?.Id ?? run?.Id ?? $"00-{TraceId}-{parent.SpanId.ToHexString()}-{(parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";

    /// <summary>Ends the run's span.</summary>
    public void End(ExecutionStatus status, TimeSpan sinceStart, ExecutionError? error)
    {
        if (run is { IsAllDataRequested: true })
        {
            run.SetTag(Attributes.WorkflowStatus, status.Name());
            run.SetTag(Attributes.WorkflowLatencyMs, sinceStart.TotalMilliseconds);
            if (error is not null)
                run.SetFailure(error.Code, error.Message);
        }
        run?.Dispose();
    }

    public void Dispose() => run?.Dispose();

    private void Describe(Activity span)
    {
        span.SetTag(Attributes.WorkflowId, claim.WorkflowId.ToString());
        span.SetTag(Attributes.WorkflowName, claim.WorkflowName);
        span.SetTag(Attributes.WorkflowVersion, claim.Version);
        span.SetTag(Attributes.WorkflowExecutionId, claim.Id.ToString());
        if (claim.UserId is { } user)
            span.SetTag(Attributes.UserId, user.ToString());
        span.SetTag(Attributes.OrganizationId, claim.OrganizationId.ToString());
        span.SetTag(Attributes.WorkspaceId, claim.WorkspaceId.ToString());
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> NodeSpanNames = new();

    private static string NodeSpanName(string type) => NodeSpanNames.GetOrAdd(type, t => SpanNames.NodeExecutePrefix + t);
}

/// <summary>The engine's metrics.</summary>
internal static class EngineMetrics
{
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    private static readonly Counter<long> Executions = SosTelemetry.Meter.CreateCounter<long>(
        MetricNames.WorkflowExecutions, "{execution}", "Executions that ended.");

    private static readonly Histogram<double> ExecutionDuration = SosTelemetry.Meter.CreateHistogram(
        MetricNames.WorkflowDuration, "s", "From first start to end, waits included.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private static readonly Histogram<double> NodeDuration = SosTelemetry.Meter.CreateHistogram(
        MetricNames.NodeDuration, "s", "One attempt at a node.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private static readonly Counter<long> NodeRetries = SosTelemetry.Meter.CreateCounter<long>(
        MetricNames.NodeRetries, "{retry}", "Attempts after the first.");

    private static readonly Histogram<double> QueueWait = SosTelemetry.Meter.CreateHistogram(
        MetricNames.QueueWait, "s", "From due to claimed.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private static readonly Counter<long> LeasesExpired = SosTelemetry.Meter.CreateCounter<long>(
        MetricNames.LeasesExpired, "{lease}", "Executions taken back from executors whose lease expired.");

    public static void ExecutionEnded(ExecutionStatus status, string workflow, TimeSpan duration)
    {
        var tags = new TagList { { MetricAttributes.Status, status.Name() }, { MetricAttributes.Workflow, workflow } };
        Executions.Add(1, tags);
        ExecutionDuration.Record(duration.TotalSeconds, tags);
    }

    public static void NodeEnded(string type, string status, TimeSpan duration) =>
        NodeDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(MetricAttributes.Type, type), new KeyValuePair<string, object?>(MetricAttributes.Status, status));

    public static void NodeRetried(string type) => NodeRetries.Add(1, new KeyValuePair<string, object?>(MetricAttributes.Type, type));

    public static void Claimed(TimeSpan wait) => QueueWait.Record(wait.TotalSeconds);

    public static void LeaseExpired(int executions) => LeasesExpired.Add(executions);

    private static long due;

    private static readonly ObservableGauge<long> QueueDepth = SosTelemetry.Meter.CreateObservableGauge(
        MetricNames.QueueDepth, () => Volatile.Read(ref due), "{execution}", "Executions that are due and unclaimed, as this executor last saw them.");

    public static void SetQueueDepth(long executions) => Volatile.Write(ref due, executions);
}
