using Sos.Workflows.Store;

namespace Sos.Api.Observability;

/// <summary>Every row of a trace.</summary>
/// <param name="TraceId">The trace.</param>
/// <param name="Executions">Its executions, oldest first.</param>
/// <param name="Steps">Their steps.</param>
/// <param name="EventLogs">Its rows of <c>event_logs</c>.</param>
/// <param name="AgentTraces">Its rows of <c>agent_trace_history</c>.</param>
/// <param name="ModelCosts">Its rows of <c>model_cost_logs</c>.</param>
/// <param name="Truncated">Whether there are more rows than are listed.</param>
/// <param name="Links">The trace's pages in the backends it was sent to.</param>
public sealed record TraceAnswer(
    string TraceId,
    IReadOnlyList<ExecutionSummary> Executions,
    IReadOnlyList<Step> Steps,
    IReadOnlyList<ExecutionEvent> EventLogs,
    IReadOnlyList<AgentTrace> AgentTraces,
    IReadOnlyList<ModelCost> ModelCosts,
    bool Truncated,
    BackendLinks Links);

/// <summary>How executions went.</summary>
/// <param name="From">The beginning of the period in which they were accepted.</param>
/// <param name="To">Its end.</param>
/// <param name="Runs">How many were accepted.</param>
/// <param name="Completed">How many completed.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Cancelled">How many were cancelled.</param>
/// <param name="Active">How many have not ended.</param>
/// <param name="SuccessRate">Completed ones among those that completed or failed, 0 to 1; null where none did.</param>
/// <param name="Workflows">The same for each workflow, the busiest 200 first, with percentiles of their time.</param>
public sealed record MetricsAnswer(
    DateTimeOffset From,
    DateTimeOffset To,
    long Runs,
    long Completed,
    long Failed,
    long Cancelled,
    long Active,
    double? SuccessRate,
    IReadOnlyList<WorkflowRuns> Workflows);

/// <summary>Failures by code.</summary>
/// <param name="From">The beginning of the period in which the executions were accepted.</param>
/// <param name="To">Its end.</param>
/// <param name="Items">One entry per code, the latest failure first.</param>
public sealed record ErrorsAnswer(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<ErrorGroup> Items);

/// <summary>What model calls cost.</summary>
/// <param name="From">The beginning of the period.</param>
/// <param name="To">Its end.</param>
/// <param name="GroupBy">What the sums are grouped by.</param>
/// <param name="Items">The groups, the dearest first.</param>
public sealed record CostsAnswer(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> GroupBy, IReadOnlyList<CostGroup> Items);
