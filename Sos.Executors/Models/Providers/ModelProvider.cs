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

    /// <summary>Whether what it gives is a stand-in for a real model's work.</summary>
    public virtual bool IsDemo => false;

    /// <summary>How the provider is called in telemetry and price lists: OpenTelemetry's name (<c>gen_ai.provider.name</c>) where it has one.</summary>
    public virtual string TelemetryName(ModelConnection connection) => Kind;

    /// <summary>What is wrong with a connection; null when it can be used.</summary>
    public virtual string? Check(ModelConnection connection) => null;

    /// <summary>Where requests go; null for a built-in.</summary>
    public virtual Uri? Endpoint(ModelConnection connection) => connection.BaseUrl;

    /// <summary>Puts the connection's key onto a request in the place of the SDK's, which knows none.</summary>
    public virtual void Authorize(HttpRequestMessage request, ModelConnection connection)
    {
    }

    /// <summary>How answers in JSON are asked for.</summary>
    public virtual StructuredOutput StructuredOutput(ModelConnection connection) => Models.StructuredOutput.Schema;

    /// <summary>The longest answer, in tokens, that is asked for where a call names none; null where the request leaves it open.</summary>
    public virtual int? DefaultMaxOutputTokens(ModelConnection connection) => null;

    /// <summary>Options that the provider can't take, which are left out.</summary>
    public virtual IEnumerable<string> Ignored(ChatOptions options) => [];

    /// <summary>A client for a chat model; null when the kind has no chat models.</summary>
    /// <param name="connection">Where; its key belongs to <paramref name="http"/>, which adds it.</param>
    /// <param name="http">What every request goes through; belongs to the connection.</param>
    /// <param name="model">The model.</param>
    public virtual IChatClient? CreateChatClient(ModelConnection connection, HttpClient http, string model) => null;

    /// <summary>A client for an embedding model; null when the kind has none.</summary>
    /// <inheritdoc cref="CreateChatClient"/>
    public virtual IEmbeddingGenerator<string, Embedding<float>>? CreateEmbedder(ModelConnection connection, HttpClient http, string model) => null;

    /// <summary>Options in the form that the kind's client takes; the same where nothing is to be changed.</summary>
    public virtual ChatOptions Adapt(ChatOptions options, ModelConnection connection) => options;
}
