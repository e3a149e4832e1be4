using Sos.Executors.Nodes;

namespace Sos.Executors.Models;

/// <summary>A model call failed; <see cref="Error"/> is fit to be the node's own.</summary>
internal sealed class ModelCallException(NodeError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>What failed, with a stable code; retryable where another attempt may go better, with the provider's <c>Retry-After</c>.</summary>
    public NodeError Error { get; } = error;
}
