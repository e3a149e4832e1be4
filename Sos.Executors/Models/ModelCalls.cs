using Sos.Executors.Nodes;

namespace Sos.Executors.Models;

/// <summary>
/// The one place that calls models: it finds the connection, holds the call against the budget, retries, traces,
/// counts, prices, and hands the cost row and its span to the step.
/// </summary>
internal sealed class ModelCalls
{
    /// <summary>Asks a chat model.</summary>
    /// <exception cref="ModelCallException">It could not be asked or did not answer.</exception>
    public Task<ChatReply> ChatAsync(ChatCall call, NodeContext context, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Embeds texts.</summary>
    /// <exception cref="ModelCallException">It could not be asked or did not answer.</exception>
    public Task<EmbeddingReply> EmbedAsync(EmbeddingCall call, NodeContext context, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
