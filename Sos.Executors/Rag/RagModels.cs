using Sos.Executors.Models;
using Sos.Executors.Nodes;

namespace Sos.Executors.Rag;

/// <summary>Embeds texts; see <see cref="ModelCalls.EmbedAsync"/>.</summary>
internal delegate Task<EmbeddingReply> EmbedTexts(EmbeddingCall call, NodeContext context, CancellationToken cancellationToken);

/// <summary>Asks a chat model; see <see cref="ModelCalls.ChatAsync"/>.</summary>
internal delegate Task<ChatReply> AskModel(ChatCall call, NodeContext context, CancellationToken cancellationToken);

/// <summary>The models that indexes need: what tests put others in place of.</summary>
internal sealed record RagModels(EmbedTexts Embed, AskModel Ask);
