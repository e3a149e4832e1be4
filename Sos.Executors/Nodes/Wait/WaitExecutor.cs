using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Wait;

/// <summary>Goes on later; holds no slot meanwhile.</summary>
internal sealed class WaitExecutor() : NodeExecutor<WaitConfig>(Describe, WaitJson.Default.WaitConfig), IDescribesNode
{
    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "wait",
        Title = "Wait",
        Description = "Goes on after a duration or at a point in time; holds no executor meanwhile.",
        Category = "flow",
        ConfigSchema = NodeSchema.Load("wait"),
        CheckConfig = Check,
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(WaitConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        WaitState state;
        if (context.State is { } saved)
        {
            // What was decided at the start holds, also where the config's expressions would by now give another time.
            state = saved.Deserialize(WaitJson.Default.WaitState)!;
        }
        else
        {
            if (Until(config, now, out var until) is { } problem)
                return new(NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': {problem}"));
            state = new WaitState(now, until);
        }
        return new(state.Until > now
            ? new NodeOutcome.Waiting(state.Until, JsonSerializer.SerializeToElement(state, WaitJson.Default.WaitState))
            : new NodeOutcome.Completed(JsonSerializer.SerializeToElement(new WaitOutput(state.StartedAt, state.Until), WaitJson.Default.WaitOutput)));
    }

    private static string? Until(WaitConfig config, DateTimeOffset now, out DateTimeOffset until)
    {
        until = now;
        switch (config)
        {
            case { Duration: { } duration, Until: null }:
                until = now + duration;
                return null;
            case { Duration: null, Until: { } text }:
                if (!Rfc3339.TryParse(text, out until))
                    return $"until is '{text}', which is not {Rfc3339.Expected}.";
                return until - now > Duration.Max ? $"until is '{text}', more than ten years ahead." : null;
            default:
                return "exactly one of duration and until must be given.";
        }
    }

    private static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        var hasUntil = config.TryGetProperty("until", out var until);
        if (hasUntil == config.TryGetProperty("duration", out _))
        {
            yield return new ConfigProblem("", "invalid_config", hasUntil
                ? "A wait has either a duration or an until; remove one."
                : "A wait needs a duration, such as \"5m\", or an until, such as \"2026-11-05T09:00:00Z\".");
        }
        if (hasUntil && until.ValueKind == JsonValueKind.String && !ScalarText.IsTemplate(until) && !Rfc3339.TryParse(until.GetString()!, out _))
            yield return new ConfigProblem("/until", "invalid_config", $"This is not {Rfc3339.Expected}.");
    }
}
