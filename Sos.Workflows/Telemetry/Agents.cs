namespace Sos.Workflows.Telemetry;

/// <summary>Names of agents' spans.</summary>
public static class AgentSpanNames
{
    /// <summary>Prefix of an agent's span: <c>invoke_agent researcher</c>.</summary>
    public const string InvokeAgentPrefix = "invoke_agent ";

    /// <summary>Prefix of a tool call's span: <c>execute_tool search</c>.</summary>
    public const string ExecuteToolPrefix = "execute_tool ";
}

/// <summary>Values of <c>gen_ai.operation.name</c>.</summary>
public static class AgentOperations
{
    /// <summary>A run of an agent.</summary>
    public const string InvokeAgent = "invoke_agent";

    /// <summary>A call of a tool.</summary>
    public const string ExecuteTool = "execute_tool";
}

/// <summary>Attributes of agents' and tools' spans: SOS's own names, and OpenTelemetry's for generative AI (1.41) beside them.</summary>
public static class AgentAttributes
{
#pragma warning disable CS1591 // each is documented once, in docs/telemetry.md
    public const string Id = "agent.id";
    public const string Framework = "agent.framework";
    public const string Type = "agent.type";
    public const string Provider = "agent.provider";
    public const string Model = "agent.model";
    public const string TokensUsed = "agent.tokens_used";
    public const string Cost = "agent.cost";
    public const string Iterations = "agent.iterations";
    public const string ToolCalls = "agent.tool_calls";
    public const string Status = "agent.status";
    public const string GenAiAgentName = "gen_ai.agent.name";
    public const string GenAiAgentDescription = "gen_ai.agent.description";
    public const string ToolName = "gen_ai.tool.name";
    public const string ToolCallId = "gen_ai.tool.call.id";
    public const string ToolType = "gen_ai.tool.type";
    public const string ToolDescription = "gen_ai.tool.description";
    public const string ToolCallArguments = "gen_ai.tool.call.arguments";
    public const string ToolCallResult = "gen_ai.tool.call.result";
    public const string ToolKind = "tool.kind";
    public const string ToolStatus = "tool.status";
    public const string ToolResultSize = "tool.result_size";
    public const string ToolExecutionId = "tool.execution_id";
#pragma warning restore CS1591
}

/// <summary>Types of rows in <c>event_logs</c> about agents.</summary>
public static class AgentEventTypes
{
    /// <summary>A tool was called, by an agent or otherwise.</summary>
    public const string ToolExecuted = "tool_executed";

    /// <summary>An agent came to its end.</summary>
    public const string AgentCompleted = "agent_completed";
}
