using Sos.Executors.Nodes;

namespace Sos.Executors.Rag;

/// <summary>Something about an index, a document or a question is not as it must be; <see cref="Error"/> is fit to be the node's own.</summary>
internal sealed class RagException(NodeError error) : Exception(error.Message)
{
    public RagException(string code, string message)
        : this(new NodeError(code, message)) { }

    /// <summary>What failed.</summary>
    public NodeError Error { get; } = error;
}
