using System.Buffers;
using System.Text.Json;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Editor;

/// <summary>What the last run of a workflow had and made, so that expressions can be tried with it.</summary>
internal sealed class LastRun
{
    private const int MaxSteps = 1_000;
    private const int MaxPages = 5;

    private readonly Dictionary<string, JsonElement> items = new(StringComparer.Ordinal);

    /// <summary>The run.</summary>
    public required Execution Execution { get; init; }

    /// <summary>The steps' outputs by node.</summary>
    public required JsonElement Steps { get; init; }

    /// <summary>Reads the last run of a workflow; null where there was none.</summary>
    public static async Task<LastRun?> ReadAsync(ExecutionReader reader, Guid workspaceId, Guid workflowId, CancellationToken cancellationToken)
    {
        var list = await reader.ListAsync(workspaceId, new ExecutionFilter { WorkflowId = workflowId, Limit = 1 }, cancellationToken);
        if (list.Count == 0 || await reader.GetAsync(workspaceId, list[0].Id, cancellationToken) is not { } execution)
            return null;
        var steps = new List<Step>();
        StepPosition? after = null;
        for (var page = 0; page < MaxPages && steps.Count < MaxSteps; page++)
        {
            if (await reader.ListStepsAsync(workspaceId, execution.Id, after, 200, cancellationToken) is not { Items.Count: > 0 } read)
                break;
            steps.AddRange(read.Items);
            after = StepPosition.Of(read.Items[^1]);
            if (!read.HasMore)
                break;
        }
        var run = new LastRun { Execution = execution, Steps = Outputs(steps) };
        foreach (var step in steps)
        {
            if (step.Input is { ValueKind: JsonValueKind.Object } config && config.TryGetProperty("items", out var list2) && list2.ValueKind == JsonValueKind.Array && list2.GetArrayLength() > 0)
                run.items.TryAdd(step.NodeId, list2[0]);
        }
        return run;
    }

    /// <summary>Gives what expressions see its values.</summary>
    /// <param name="known">What they see.</param>
    /// <param name="owner">The node in whose body they are; null for none.</param>
    public KnownData Into(KnownData known, string? owner)
    {
        known.With("input", Execution.Input).With("steps", Steps).With("execution", Facts());
        if (owner is not null && items.TryGetValue(owner, out var item))
            known.With("item", item).With("index", JsonElement.Parse("0"));
        return known;
    }

    private JsonElement Facts()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", Execution.Id);
            json.WriteString("workflowId", Execution.WorkflowId);
            json.WriteString("workflowName", Execution.WorkflowName);
            json.WriteNumber("version", Execution.Version);
            json.WriteString("startedAt", Execution.StartedAt ?? Execution.CreatedAt);
            json.WriteNumber("attempt", 1);
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>Of a node that ran for several items, the first one's output counts.</summary>
    private static JsonElement Outputs(List<Step> steps)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var step in steps.Where(s => s.Status is StepStatus.Completed or StepStatus.Failed).DistinctBy(s => s.NodeId))
            {
                json.WritePropertyName(step.NodeId);
                if (step.Error is { } error && step.Status == StepStatus.Failed)
                {
                    json.WriteStartObject();
                    json.WriteStartObject("error");
                    json.WriteString("code", error.Code);
                    json.WriteString("message", error.Message);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }
                else if (step.Output is { } output)
                {
                    output.WriteTo(json);
                }
                else
                {
                    json.WriteNullValue();
                }
            }
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
