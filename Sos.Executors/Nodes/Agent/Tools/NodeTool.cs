using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Secrets;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Agent.Tools;

/// <summary>A node as a tool: its config is evaluated with the call's arguments, its output is the result.</summary>
internal sealed record NodeTool(
    string Name, string Description, JsonElement Parameters, NodeExecutor Executor, Template Config, ICelVariables Variables)
    : LocalTool(Name, Description, Parameters, Executor.Type.Name)
{
    /// <inheritdoc/>
    public override string Type => Kind is "rag" or "documents" or "database" ? "datastore" : "function";

    /// <summary>Puts a call's arguments into the evaluated config, beside what its expressions read of them; null where these are all.</summary>
    public Func<JsonElement, JsonElement, JsonElement>? Complete { get; init; }

    /// <summary>Arguments for the expressions of a config whose schema nobody wrote: one text for each that they read.</summary>
    public static JsonElement DeriveParameters(Template config)
    {
        string[] names = [.. config.References
            .Where(r => r.Reference.Root == NodeType.ToolArguments && r.Reference.Path.Count > 1)
            .Select(r => r.Reference.Path[1]).Distinct(StringComparer.Ordinal)];
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "object");
            writer.WriteStartObject("properties");
            foreach (var name in names)
            {
                writer.WriteStartObject(name);
                writer.WriteString("type", "string");
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
            writer.WriteStartArray("required");
            foreach (var name in names)
                writer.WriteStringValue(name);
            writer.WriteEndArray();
            writer.WriteBoolean("additionalProperties", false);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <inheritdoc/>
    public override async Task<ToolResult> InvokeAsync(ToolCall call, NodeContext context, Func<CancellationToken, Task> save, CancellationToken cancellationToken)
    {
        JsonElement config;
        try
        {
            config = StorableJson.Clean(Config.Render(new WithArguments(Variables, CelValue.FromJson(call.Arguments)), new CelContext { TimeProvider = context.Time }));
        }
        catch (TemplateException e)
        {
            return ToolResult.Failed("expression_failed", e.Message);
        }
        if (Complete is not null)
            config = StorableJson.Clean(Complete(config, call.Arguments));
        var saved = ToolSpending.None;
        NodeContext tool = null!;
        tool = context.ForTool(call.Key, config, async token =>
        {
            // What a long tool has spent is on record before it goes on, as it would be for a node of its own.
            var records = tool.Records.Take();
            saved += ToolSpending.Of(records);
            context.Records.Add(records);
            await save(token);
        });
        NodeOutcome outcome;
        try
        {
            // What the tool used must not reach the model either.
            outcome = context.Secrets.Apply(await ExecuteAsync(tool, cancellationToken))!;
        }
        catch
        {
            // There is no result that could carry them.
            context.Records.Add(tool.Records.Take());
            throw;
        }
        var result = outcome switch
        {
            NodeOutcome.Completed(var output, _) => new ToolResult(Executor.Type.ToolResult?.Invoke(output) ?? output),
            NodeOutcome.Failed(var error) => ToolResult.Failed(error),
            _ => ToolResult.Failed("invalid_tool", $"A node of type '{Kind}' can't be used as a tool in this way: it wants to wait."),
        };
        return result with { Records = tool.Records.Take(), Spent = saved };
    }

    private async Task<NodeOutcome> ExecuteAsync(NodeContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await Executor.ExecuteAsync(context, cancellationToken);
        }
        catch (CredentialException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
    }

    /// <summary>The agent's variables and the arguments of one call.</summary>
    private sealed class WithArguments(ICelVariables variables, CelValue arguments) : ICelVariables
    {
        public IEnumerable<string> Names => [.. variables.Names, NodeType.ToolArguments];

        public bool TryGet(string name, out CelValue value)
        {
            if (name != NodeType.ToolArguments)
                return variables.TryGet(name, out value);
            value = arguments;
            return true;
        }
    }
}
