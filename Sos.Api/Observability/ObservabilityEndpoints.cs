using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Observability;

/// <summary>What happened, how often, how long it took, what went wrong and what it cost.</summary>
internal static class ObservabilityEndpoints
{
    public static void MapObservability(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Observability").RequireAuthorization(Roles.Viewer);
        group.MapGet("/traces/{traceId}", GetTraceAsync).Refuses(400, 404)
            .WithSummary("Get every row of a trace")
            .WithDescription("The executions, steps, log rows, agent runs and model calls that carry the trace's id, with links to the trace itself.");
        group.MapGet("/metrics", GetMetricsAsync).Refuses(400, 504)
            .WithSummary("Count executions and their time")
            .WithDescription("Executions accepted between 'from' and 'to' (by default the last 24 hours), in all and by workflow.");
        group.MapGet("/errors", GetErrorsAsync).Refuses(400, 504)
            .WithSummary("List failures by code")
            .WithDescription("Executions that were accepted between 'from' and 'to' (by default the last 24 hours) and failed, by the code of their error, with the latest of each.");
        group.MapGet("/costs", GetCostsAsync).Refuses(400, 504)
            .WithSummary("Sum what model calls cost")
            .WithDescription("Between 'from' and 'to' (by default the last 30 days), grouped by any of model, provider, operation, workflow, node, agent, user and day ('groupBy=model,workflow'). 'unpricedCalls' are those whose model has no known price; they are not in 'costUsd'.");
    }

    private static async Task<Ok<TraceAnswer>> GetTraceAsync(
        HttpContext context, string traceId, TraceReader reader, TraceLinks links, CancellationToken cancellationToken)
    {
        var id = QueryText.TraceId("traceId", traceId)!;
        var rows = await reader.ReadAsync(context.Caller().WorkspaceId, id, cancellationToken) ?? throw ProblemCatalog.NotFound("trace", id);
        return TypedResults.Ok(new TraceAnswer(
            id, rows.Executions, rows.Steps, rows.EventLogs, rows.AgentTraces, rows.ModelCosts, rows.Truncated, links.Of(id)));
    }

    private static async Task<Ok<MetricsAnswer>> GetMetricsAsync(
        HttpContext context, ExecutionStatistics statistics, TimeProvider time, CancellationToken cancellationToken, string? from = null, string? to = null)
    {
        var (start, end) = QueryText.Period(from, to, TimeSpan.FromHours(24), time);
        var rows = await statistics.RunsAsync(context.Caller().WorkspaceId, start, end, cancellationToken);
        long completed = rows.Sum(r => r.Completed), failed = rows.Sum(r => r.Failed);
        return TypedResults.Ok(new MetricsAnswer(
            start, end, rows.Sum(r => r.Runs), completed, failed, rows.Sum(r => r.Cancelled), rows.Sum(r => r.Active),
            completed + failed == 0 ? null : (double)completed / (completed + failed), rows));
    }

    private static async Task<Ok<ErrorsAnswer>> GetErrorsAsync(
        HttpContext context,
        ExecutionStatistics statistics,
        TimeProvider time,
        CancellationToken cancellationToken,
        string? from = null,
        string? to = null,
        string? workflowId = null,
        string? limit = null)
    {
        var (start, end) = QueryText.Period(from, to, TimeSpan.FromHours(24), time);
        var rows = await statistics.ErrorsAsync(
            context.Caller().WorkspaceId, start, end, QueryText.Id("workflowId", workflowId), QueryText.Limit(limit), cancellationToken);
        return TypedResults.Ok(new ErrorsAnswer(start, end, rows));
    }

    private static async Task<Ok<CostsAnswer>> GetCostsAsync(
        HttpContext context,
        ExecutionStatistics statistics,
        TimeProvider time,
        CancellationToken cancellationToken,
        string? from = null,
        string? to = null,
        string? groupBy = null)
    {
        var (start, end) = QueryText.Period(from, to, TimeSpan.FromDays(30), time);
        var dimensions = ReadDimensions(groupBy);
        var rows = await statistics.CostsAsync(context.Caller().WorkspaceId, start, end, dimensions, cancellationToken);
        return TypedResults.Ok(new CostsAnswer(start, end, [.. dimensions.Select(d => d.ToString().ToLowerInvariant())], rows));
    }

    private static List<CostDimension> ReadDimensions(string? groupBy)
    {
        var dimensions = new List<CostDimension>();
        foreach (var name in (groupBy ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var found = Enum.GetValues<CostDimension>().Where(d => d.ToString().Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
            if (found.Count == 0 || dimensions.Contains(found[0]))
                throw ProblemCatalog.InvalidParameter("groupBy", "a list of model, provider, operation, workflow, node, agent, user and day, each at most once");
            dimensions.Add(found[0]);
        }
        return dimensions;
    }
}
