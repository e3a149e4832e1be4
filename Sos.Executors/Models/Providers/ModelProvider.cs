using Microsoft.Extensions.AI;

namespace Sos.Executors.Models.Providers;

/// <summary>
/// A kind of model provider: makes clients for connections of its kind. One instance per kind, registered in the
/// container as a <see cref="ModelProvider"/>; a new kind is a folder beside this file and a line in
/// <see cref="ModelServices"/>.
/// </summary>
internal abstract class ModelProvider
{
    /// <summary>The kind's name in connections, such as <c>openai</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// Whether it computes in this process: it needs no connection (one of the kind's name is always there), no key and
    /// no network, costs nothing and is traced as internal work.
    /// </summary>
    public virtual bool IsBuiltIn => false;

    /// <summary>A client for a chat model; null when the kind has no chat models.</summary>
    /// <param name="connection">Where and with which key.</param>
    /// <param name="http">What every request goes through; belongs to the connection.</param>
    /// <param name="model">The model.</param>
    public virtual IChatClient? CreateChatClient(ModelConnection connection, HttpClient http, string model) => null;

    /// <summary>A client for an embedding model; null when the kind has none.</summary>
    /// <inheritdoc cref="CreateChatClient"/>
    public virtual IEmbeddingGenerator<string, Embedding<float>>? CreateEmbedder(ModelConnection connection, HttpClient http, string model) => null;
}
