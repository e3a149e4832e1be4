using System.Text.Json;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.Idempotency;
using Sos.Api.Observability;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Api.Workflows;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>Accepts executions, and waits for them where the client asks.</summary>
internal sealed class ExecutionStart(
    WorkflowCache workflows, ExecutionSubmitter submitter, ExecutionReader reader, ExecutionWatch watch, TraceLinks links, ApiLimits limits, TimeProvider time)
{
    private const int MaxBreakpoints = 100;

    private static readonly JsonElement EmptyInput = JsonElement.Parse("{}"u8);

    private readonly StorableJsonLimits inputLimits = new() { MaxBytes = limits.MaxInputBytes };

    /// <summary>Accepts an execution.</summary>
    /// <returns>The execution when it ended within the wait; otherwise what is known of it.</returns>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)> StartAsync(HttpContext context, Guid workflowId, TimeSpan wait, CancellationToken cancellationToken)
    {
        var key = IdempotencyKeys.Read(context.Request);
        var body = await RequestBody.ReadAsync(context, limits.MaxInputBytes + 4_096, cancellationToken);
        var request = body.IsEmpty ? new StartExecutionRequest() : RequestBody.Parse(body.Span, ApiJson.Default.StartExecutionRequest);
        var caller = context.Caller();
        var submission = await PrepareAsync(caller, workflowId, request, cancellationToken) with
        {
            IdempotencyKey = key,
            RequestHash = key is null ? null : IdempotencyKeys.Hash(context.Request, body.Span),
        };

        using var subscription = wait > TimeSpan.Zero ? watch.Watch(caller.WorkspaceId, submission.Id, untilEnd: true) : null;
        switch (await submitter.SubmitAsync(submission, cancellationToken))
        {
            case SubmitResult.Accepted accepted:
                if (subscription is not null)
                    return await subscription.EndedAsync(wait, time, cancellationToken) is { } ended
                        ? (ended, null)
                        : await FindAsync(caller.WorkspaceId, submission.Id, TimeSpan.Zero, cancellationToken);
                return (null, Receipt(submission, accepted));
            case SubmitResult.Repeated repeated:
                context.Response.Headers[IdempotencyKeys.ReplayedHeader] = "true";
                return await FindAsync(caller.WorkspaceId, repeated.ExecutionId, wait, cancellationToken);
            default:
                throw ProblemCatalog.KeyReused();
        }
    }

    /// <summary>Accepts an execution that somebody starts on a page.</summary>
    /// <exception cref="ProblemException">There is no such version, or the input or a breakpoint does not fit; it names each by a JSON pointer.</exception>
    public async Task<ExecutionReceipt> StartAsync(KeyHolder caller, Guid workflowId, StartExecutionRequest request, CancellationToken cancellationToken)
    {
        var submission = await PrepareAsync(caller, workflowId, request, cancellationToken);
        return await submitter.SubmitAsync(submission, cancellationToken) is SubmitResult.Accepted accepted
            ? Receipt(submission, accepted)
            : throw new InvalidOperationException("A submission without an idempotency key is always accepted.");
    }

    /// <summary>Accepts an execution that the API itself starts for a caller.</summary>
    /// <returns>The same; null where there is no such version.</returns>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)?> TryStartAsync(
        KeyHolder caller, Guid workflowId, int versionNumber, JsonElement input, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (await workflows.GetAsync(caller.WorkspaceId, workflowId, versionNumber, cancellationToken) is not { } version)
            return null;
        var submission = Submission(caller, version, input);
        using var subscription = wait > TimeSpan.Zero ? watch.Watch(caller.WorkspaceId, submission.Id, untilEnd: true) : null;
        await submitter.SubmitAsync(submission, cancellationToken);
        return subscription is not null && await subscription.EndedAsync(wait, time, cancellationToken) is { } ended
            ? (ended, null)
            : await FindAsync(caller.WorkspaceId, submission.Id, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>An execution when it has ended or ends within the wait; otherwise what is known of it.</summary>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)> FindAsync(Guid workspaceId, Guid executionId, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var subscription = watch.Watch(workspaceId, executionId, untilEnd: true);
        var execution = await reader.GetAsync(workspaceId, executionId, cancellationToken) ?? throw ProblemCatalog.NotFound("execution", executionId);
        if (wait > TimeSpan.Zero)
        {
            if (execution.Status.IsFinal())
                return (execution, null);
            if (await subscription.EndedAsync(wait, time, cancellationToken) is { } ended)
                return (ended, null);
        }
        return (null, Receipt(execution));
    }

    /// <summary>What is known of an execution.</summary>
    public ExecutionReceipt Receipt(Execution execution) => new()
    {
        Id = execution.Id,
        WorkflowId = execution.WorkflowId,
        Version = execution.Version,
        Status = execution.Status,
        TraceId = execution.TraceId,
        CreatedAt = execution.CreatedAt,
        Links = links.Of(execution.Id, execution.TraceId),
    };

    private ExecutionReceipt Receipt(ExecutionSubmission submission, SubmitResult.Accepted accepted) => new()
    {
        Id = submission.Id,
        WorkflowId = submission.WorkflowId,
        Version = submission.Version,
        Status = ExecutionStatus.Pending,
        TraceId = submission.TraceId,
        CreatedAt = accepted.CreatedAt,
        Links = links.Of(submission.Id, submission.TraceId),
    };

    /// <summary>Checks what is asked for.</summary>
    private async Task<ExecutionSubmission> PrepareAsync(KeyHolder caller, Guid workflowId, StartExecutionRequest request, CancellationToken cancellationToken)
    {
        var version = await workflows.GetAsync(caller.WorkspaceId, workflowId, request.Version, cancellationToken)
            ?? throw (request.Version is { } number
                ? ProblemCatalog.NotFound("version of this workflow", number)
                : ProblemCatalog.NotFound("workflow", workflowId));
        return Submission(caller, version, request.Input) with
        {
            StepMode = request.StepMode,
            Breakpoints = CheckBreakpoints(request.Breakpoints, version),
        };
    }

    private ExecutionSubmission Submission(KeyHolder caller, RunnableVersion version, JsonElement input) => new()
    {
        WorkspaceId = caller.WorkspaceId,
        OrganizationId = caller.OrganizationId,
        UserId = caller.UserId,
        WorkflowId = version.Found.WorkflowId,
        VersionId = version.Found.VersionId,
        Version = version.Found.Version,
        WorkflowName = version.Found.Name,
        Input = CheckInput(input, version),
    };

    private JsonElement CheckInput(JsonElement input, RunnableVersion version)
    {
        if (input.ValueKind == JsonValueKind.Undefined)
            input = EmptyInput;
        var problems = StorableJson.Check(input, inputLimits);
        if (problems.Count == 0 && version.InputSchema is { } schema)
            problems = schema.Evaluate(input).Errors;
        return problems.Count == 0
            ? input
            : throw ProblemCatalog.Invalid("invalid_input", $"The input does not fit: {problems[0].Message}", [.. problems.Select(p => p with { Pointer = "/input" + p.Pointer })]);
    }

    private static IReadOnlyList<string> CheckBreakpoints(IReadOnlyList<string>? breakpoints, RunnableVersion version)
    {
        if (breakpoints is null or [])
            return [];
        if (breakpoints.Count > MaxBreakpoints)
            throw ProblemCatalog.Invalid("invalid_breakpoints", $"There may be {MaxBreakpoints} breakpoints at most.", [new("/breakpoints", "too_many_items", $"There may be {MaxBreakpoints} breakpoints at most.")]);
        JsonProblem[] unknown = [.. breakpoints.Index()
            .Where(b => b.Item is null || !version.NodeIds.Contains(b.Item))
            .Select(b => new JsonProblem($"/breakpoints/{b.Index}", "unknown_node", $"Version {version.Found.Version} of the workflow has no node '{b.Item}'."))];
        return unknown.Length == 0 ? [.. breakpoints.Distinct(StringComparer.Ordinal)] : throw ProblemCatalog.Invalid("invalid_breakpoints", unknown[0].Message, unknown);
    }
}
