namespace Sos.Workflows.Telemetry;

/// <summary>Names of spans and their attributes: the product's own first, OpenTelemetry's conventions beside them.</summary>
public static class SpanNames
{
    /// <summary>One run of an execution by one executor, from claim to end, wait or pause.</summary>
    public const string WorkflowExecute = "workflow.execute";

    /// <summary>A zero-length child of <see cref="WorkflowExecute"/>, exported at once so that a running execution can be found.</summary>
    public const string WorkflowStarted = "workflow.started";

    /// <summary>Prefix of a node's span: <c>node.execute.http</c>.</summary>
    public const string NodeExecutePrefix = "node.execute.";
}

/// <summary>Names of span attributes.</summary>
public static class Attributes
{
#pragma warning disable CS1591 // each is documented once, in docs/telemetry.md
    public const string WorkflowId = "workflow.id";
    public const string WorkflowName = "workflow.name";
    public const string WorkflowVersion = "workflow.version";
    public const string WorkflowExecutionId = "workflow.execution_id";
    public const string WorkflowStepMode = "workflow.step_mode";
    public const string WorkflowNodeCount = "workflow.node_count";
    public const string WorkflowStatus = "workflow.status";
    public const string WorkflowLatencyMs = "workflow.latency_ms";
    public const string WorkflowAttempt = "workflow.attempt";
    public const string WorkflowParentExecutionId = "workflow.parent_execution_id";
    public const string UserId = "user.id";
    public const string OrganizationId = "organization.id";
    public const string WorkspaceId = "workspace.id";
    public const string NodeId = "node.id";
    public const string NodeType = "node.type";
    public const string NodeStatus = "node.status";
    public const string NodeLatencyMs = "node.latency_ms";
    public const string NodeAttempt = "node.attempt";
    public const string NodeIteration = "node.iteration";
    public const string NodeError = "node.error";
    public const string NodeErrorCode = "node.error_code";
    public const string ErrorType = "error.type";
#pragma warning restore CS1591
}

/// <summary>Names of metrics; units in their documentation.</summary>
public static class MetricNames
{
    /// <summary>Executions that ended, by <c>status</c> and <c>workflow</c>; {execution}.</summary>
    public const string WorkflowExecutions = "sos.workflow.executions";

    /// <summary>From first start to end, waits included; s.</summary>
    public const string WorkflowDuration = "sos.workflow.duration";

    /// <summary>One node with all its attempts, by <c>type</c> and <c>status</c>; s.</summary>
    public const string NodeDuration = "sos.node.duration";

    /// <summary>Attempts after the first, by <c>type</c>; {retry}.</summary>
    public const string NodeRetries = "sos.node.retries";

    /// <summary>Executions that are due and unclaimed; {execution}.</summary>
    public const string QueueDepth = "sos.queue.depth";

    /// <summary>From due to claimed; s.</summary>
    public const string QueueWait = "sos.queue.wait";

    /// <summary>Executions taken back from executors whose lease expired; {lease}.</summary>
    public const string LeasesExpired = "sos.leases.expired";

    /// <summary>One checkpoint transaction; s.</summary>
    public const string CheckpointDuration = "sos.checkpoint.duration";

    /// <summary>Checkpoints in one transaction; {checkpoint}.</summary>
    public const string CheckpointBatchSize = "sos.checkpoint.batch_size";

    /// <summary>
    /// How much of a budget per day or month was used when a model call was held against it, by workspace, workflow (where
    /// the budget is one workflow's) and <c>period</c>; 1 is all of it.
    /// </summary>
    public const string BudgetUsed = "sos.budget.used";
}

/// <summary>Attributes of metrics that are not attributes of spans as well.</summary>
public static class MetricAttributes
{
    /// <summary>How it ended, by the names that the API uses.</summary>
    public const string Status = "status";

    /// <summary>The workflow's name.</summary>
    public const string Workflow = "workflow";

    /// <summary>The node's type.</summary>
    public const string Type = "type";

    /// <summary>What a budget is for: <c>day</c> or <c>month</c>.</summary>
    public const string Period = "period";
}

/// <summary>Types of rows in <c>event_logs</c>.</summary>
public static class EventTypes
{
#pragma warning disable CS1591 // the names say it; docs/telemetry.md lists what each one's context holds
    public const string WorkflowStarted = "workflow_started";
    public const string WorkflowResumed = "workflow_resumed";
    public const string WorkflowWaiting = "workflow_waiting";
    public const string WorkflowPausing = "workflow_pausing";
    public const string WorkflowPaused = "workflow_paused";
    public const string WorkflowCompleted = "workflow_completed";
    public const string WorkflowFailed = "workflow_failed";
    public const string WorkflowCancelled = "workflow_cancelled";
    public const string NodeStarted = "node_started";
    public const string NodeRetrying = "node_retrying";
    public const string NodeWaiting = "node_waiting";
    public const string NodeCompleted = "node_completed";
    public const string NodeFailed = "node_failed";
    public const string NodeSkipped = "node_skipped";
    public const string NodeCancelled = "node_cancelled";
    public const string ApprovalDecided = "approval_decided";
#pragma warning restore CS1591
}
