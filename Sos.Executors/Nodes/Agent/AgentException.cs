namespace Sos.Executors.Nodes.Agent;

/// <summary>An agent can't go on.</summary>
internal sealed class AgentException(NodeError error) : Exception(error.Message)
{
    public AgentException(string code, string message, bool retryable = false) : this(new NodeError(code, message) { Retryable = retryable }) { }

    /// <summary>Why, fit to be the node's own error.</summary>
    public NodeError Error { get; } = error;
}
