using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;

namespace Sos.Executors.Connectors;

/// <summary>A connector did not do what it was asked; <see cref="Error"/> says why, for the author of the workflow.</summary>
internal sealed class ConnectorException(NodeError error, FallThrough? reason = null) : Exception(error.Message)
{
    public ConnectorException(string code, string message, bool retryable = false, FallThrough? reason = null)
        : this(new NodeError(code, message) { Retryable = retryable }, reason)
    {
    }

    /// <summary>The node's error; never a secret.</summary>
    public NodeError Error => error;

    /// <summary>Why another provider may do better; null where none would.</summary>
    public FallThrough? Reason => reason;

    /// <summary>Whether the failure says that the provider is not well.</summary>
    public bool CountsAgainstHealth => reason is FallThrough.Connection or FallThrough.ServerError;
}
