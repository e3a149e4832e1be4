using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Agent.Tools;

/// <summary>Something that a model can call.</summary>
/// <param name="Name">The name by which the model calls it: letters, digits, <c>_</c> and <c>-</c>, at most 64.</param>
/// <param name="Description">What it does, for the model.</param>
/// <param name="Parameters">The JSON schema of its arguments.</param>
/// <param name="Kind">What it is: <c>workflow</c>, <c>mcp</c>, or a node type.</param>
internal abstract record AgentTool(string Name, string Description, JsonElement Parameters, string Kind)
{
    private readonly JsonSchema? schema = JsonSchema.TryCompile(Parameters, out var compiled, out _) ? compiled : null;

    /// <summary>OpenTelemetry's <c>gen_ai.tool.type</c>: <c>function</c> is ours to run, <c>extension</c> a server's, <c>datastore</c> a search.</summary>
    public virtual string Type => "function";

    /// <summary>What is wrong with a call's arguments; null where they fit. What our schemas can't express is left to the tool.</summary>
    public string? Problem(JsonElement arguments) => schema?.Evaluate(arguments) is { IsValid: false, Errors: var errors }
        ? string.Join(' ', errors.Take(5).Select(e => $"'{(e.Pointer.Length == 0 ? "/" : e.Pointer)}': {e.Message}"))
        : null;
}

/// <summary>A tool that is done within the agent's own attempt.</summary>
internal abstract record LocalTool(string Name, string Description, JsonElement Parameters, string Kind) : AgentTool(Name, Description, Parameters, Kind)
{
    /// <summary>Runs it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="context">The agent's node.</param>
    /// <param name="save">Commits what the agent's node has written so far.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What came of it; failures that can be foreseen are results too.</returns>
    public abstract Task<ToolResult> InvokeAsync(ToolCall call, NodeContext context, Func<CancellationToken, Task> save, CancellationToken cancellationToken);
}

/// <summary>Another workflow, run as a child execution: the agent gives up its slot while it waits.</summary>
internal sealed record WorkflowTool(string Name, string Description, JsonElement Parameters, string Workflow, int Version)
    : AgentTool(Name, Description, Parameters, "workflow");
