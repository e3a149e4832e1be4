using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Agent;

/// <summary>Checks of an agent's config that its schema can't express.</summary>
internal static class AgentConfigCheck
{
    private const int MaxConversation = 200;
    private const int MaxIterations = 100;
    private const int MaxToolResult = 1_000_000;

    /// <summary>Checks a config as it is written.</summary>
    public static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        if (config.TryGetProperty("output", out var output) && output.ValueKind == JsonValueKind.Object && output.TryGetProperty("schema", out var schema)
            && !JsonSchema.TryCompile(schema, out _, out var mistakes))
        {
            foreach (var mistake in mistakes)
                yield return new ConfigProblem("/output/schema" + mistake.Pointer, mistake.Code, mistake.Message);
        }
        if (!config.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array)
            yield break;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, tool) in tools.EnumerateArray().Index())
        {
            if (tool.ValueKind != JsonValueKind.Object)
            {
                yield return new ConfigProblem($"/tools/{index}", "invalid_tool", "A tool is an object; expressions can stand in its properties.");
                continue;
            }
            var type = tool.TryGetProperty("type", out var t) ? t.GetString() : null;
            if (tool.TryGetProperty("config", out var own) && own.ValueKind != JsonValueKind.Object)
                yield return new ConfigProblem($"/tools/{index}/config", "invalid_tool", "A tool's config is an object; expressions can stand in its properties.");
            if (tool.TryGetProperty("parameters", out var parameters) && !JsonSchema.TryCompile(parameters, out _, out mistakes))
            {
                foreach (var mistake in mistakes)
                    yield return new ConfigProblem($"/tools/{index}/parameters{mistake.Pointer}", mistake.Code, mistake.Message);
            }
            if (type != "mcp" && tool.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && !names.Add(name.GetString()!))
                yield return new ConfigProblem($"/tools/{index}/name", "duplicate_tool", $"Another tool is called '{name.GetString()}' already.");
        }
    }

    /// <summary>What is wrong with a config whose expressions have been evaluated; null where it is fine.</summary>
    public static string? Problem(AgentConfig config) => config switch
    {
        { Model: { } model } when string.IsNullOrWhiteSpace(model) => "its model is empty.",
        { Prompt.ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => "its prompt is empty.",
        { Task.Length: 0 } => "its prompt is empty.",
        { Agent.Length: > 200 } => "the agent's name has more than 200 characters.",
        { Conversation.Length: > MaxConversation } => $"memory.conversation has more than {MaxConversation} characters.",
        { Memory.MaxMessages: < 0 or > 1_000 } => "memory.maxMessages must be from 0 to 1000.",
        { Limits.Iterations: < 1 or > MaxIterations } => $"limits.iterations must be from 1 to {MaxIterations}.",
        { Limits.Tokens: < 1 } => "limits.tokens must be at least 1.",
        { Limits.CostUsd: <= 0 } => "limits.costUsd must be more than 0.",
        { Limits.Time: { } time } when time <= TimeSpan.Zero => $"limits.time must be more than {Duration.Format(TimeSpan.Zero)}.",
        { MaxToolResult: < 100 or > MaxToolResult } => $"maxToolResult must be from 100 to {MaxToolResult}.",
        { MaxTokens: < 1 } => "maxTokens must be at least 1.",
        { Output: { } output } when !JsonSchema.TryCompile(output.Schema, out _, out var mistakes) => $"output.schema can't be used, at '{mistakes[0].Pointer}': {mistakes[0].Message}",
        _ => null,
    };
}
