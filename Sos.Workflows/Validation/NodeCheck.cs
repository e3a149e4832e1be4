using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Validation;

/// <summary>Checks each node by itself: its id, its type, its config, its retry policy and its timeout.</summary>
internal sealed class NodeCheck(NodeCatalog catalog, IReadOnlyDictionary<string, JsonSchema> configSchemas, Dictionary<string, NodeDraft> nodesById, ProblemList problems)
{
    private static readonly JsonSchemaOptions ConfigOptions = new() { TemplateKind = Templates.KindOf, MaxErrors = 50 };

    public void Check(NodeDraft node)
    {
        if (node.Id is { } id && nodesById[id] is var first && first != node)
            problems.Add(node.Pointer + "/id", ProblemCodes.DuplicateNodeId, $"The id '{id}' is taken by the node at {first.Pointer}. Ids are unique in the whole workflow, bodies included.");
        if (node.TypeName is { Length: > 0 } typeName && node.Type is null)
            problems.Add(node.Pointer + "/type", ProblemCodes.UnknownNodeType, () => $"There is no node type '{typeName}'.{problems.DidYouMean(typeName, catalog.Names)}");
        if (node is { Type: { } type, Config: { } config })
            CheckConfig(node, type, config);
        CheckTimeout(node.Json, node.Pointer, problems);
        if (node.Json.TryGetProperty("retry", out var retry) && retry.ValueKind == JsonValueKind.Object)
            CheckRetry(retry, node.Pointer + "/retry");
    }

    /// <summary>Refuses a timeout of nothing, on a node or on the whole workflow.</summary>
    public static void CheckTimeout(JsonElement owner, string pointer, ProblemList problems)
    {
        if (TryDuration(owner, "timeout", out var timeout) && timeout == TimeSpan.Zero)
            problems.Add(pointer + "/timeout", ProblemCodes.InvalidDuration, "A timeout must be longer than 0. Leave it out for none.");
    }

    private void CheckConfig(NodeDraft node, NodeType type, JsonElement config)
    {
        var errors = configSchemas[type.Name].Evaluate(config, ConfigOptions).Errors;
        // A body is checked as the graph it is, with better words.
        var body = type.BodyProperty is { } property ? JsonPointer.Append("", property) : null;
        problems.AddRange(node.ConfigPointer, body is null ? errors : errors.Where(e => e.Pointer != body && !e.Pointer.StartsWith(body + "/", StringComparison.Ordinal)));
        if (errors.Count > 0)
            return;
        CheckMeaning(type, config, node.ConfigPointer);
        if (type.ToolsProperty is { } toolsProperty && config.TryGetProperty(toolsProperty, out var tools) && tools.ValueKind == JsonValueKind.Array)
            CheckTools(tools, JsonPointer.Append(node.ConfigPointer, toolsProperty));
    }

    /// <summary>A tool that is a node has the config of that node's type.</summary>
    private void CheckTools(JsonElement tools, string pointer)
    {
        var index = -1;
        foreach (var tool in tools.EnumerateArray())
        {
            index++;
            if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("config", out var config) || !tool.TryGetProperty("type", out var typeName))
                continue;
            var at = JsonPointer.Append(pointer, index);
            if (config.ValueKind != JsonValueKind.Object)
            {
                // An expression, of which nothing is known yet.
                if (catalog.TryGet(typeName.GetString() ?? "", out var later) && later.CheckWritten?.Invoke(config) is { } refused)
                    problems.Add(at + "/config" + refused.Pointer, refused.Code, refused.Message);
                continue;
            }
            if (!catalog.TryGet(typeName.GetString() ?? "", out var type) || !type.CanBeTool)
            {
                var able = catalog.All.Where(t => t.CanBeTool).Select(t => t.Name).ToArray();
                problems.Add(at + "/type", ProblemCodes.UnknownNodeType, () => $"'{typeName.GetString()}' can't be a tool; {JsonWords.And(able)} can.{problems.DidYouMean(typeName.GetString() ?? "", able)}");
                continue;
            }
            var errors = configSchemas[type.Name].Evaluate(config, ConfigOptions).Errors;
            problems.AddRange(at + "/config", errors);
            if (errors.Count > 0)
                continue;
            CheckMeaning(type, config, at + "/config");
        }
    }

    private void CheckMeaning(NodeType type, JsonElement config, string pointer)
    {
        if (type.CheckWritten?.Invoke(config) is { } refused)
            problems.Add(pointer + refused.Pointer, refused.Code, refused.Message);
        foreach (var problem in type.CheckConfig?.Invoke(config) ?? [])
            problems.Add(pointer + problem.Pointer, problem.Code, problem.Message);
    }

    private void CheckRetry(JsonElement retry, string pointer)
    {
        var policy = new RetryPolicy();
        var delay = TryDuration(retry, "delay", out var written) ? written : policy.Delay;
        var hasMax = TryDuration(retry, "maxDelay", out var max);
        max = hasMax ? max : policy.MaxDelay;
        if (delay > max)
        {
            problems.Add(pointer + (hasMax ? "/maxDelay" : "/delay"), ProblemCodes.InvalidRetry, hasMax
                ? $"'maxDelay' ({Duration.Format(max)}) is shorter than 'delay' ({Duration.Format(delay)})."
                : $"'delay' ({Duration.Format(delay)}) is longer than 'maxDelay', which is {Duration.Format(max)} unless it is set. Set it.");
        }
    }

    private static bool TryDuration(JsonElement owner, string name, out TimeSpan duration)
    {
        duration = default;
        return owner.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && Duration.TryParse(text.GetString(), out duration);
    }
}
