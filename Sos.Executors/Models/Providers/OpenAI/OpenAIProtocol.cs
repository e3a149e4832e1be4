using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Headers;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using ChatResponseFormat = OpenAI.Chat.ChatResponseFormat;

namespace Sos.Executors.Models.Providers.OpenAI;

/// <summary>What speaks OpenAI's protocol, through OpenAI's own SDK: OpenAI itself, Azure, and a great many others.</summary>
internal abstract class OpenAIProtocol : ModelProvider
{
    // The SDK insists on a key. The real one is put on each request by Authorize.
    private static readonly ApiKeyCredential NoKey = new("none");

    /// <inheritdoc/>
    public override StructuredOutput StructuredOutput(ModelConnection connection) =>
        JsonAnswer.Read(connection.Setting("structuredOutput"), Models.StructuredOutput.Schema | Models.StructuredOutput.JsonObject);

    /// <inheritdoc/>
    public override void Authorize(HttpRequestMessage request, ModelConnection connection) =>
        request.Headers.Authorization = connection.ApiKey is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;

    /// <inheritdoc/>
    public override IChatClient CreateChatClient(ModelConnection connection, HttpClient http, string model) =>
        new ChatClient(model, NoKey, Options(connection, http, model)).AsIChatClient();

    /// <inheritdoc/>
    public override IEmbeddingGenerator<string, Embedding<float>> CreateEmbedder(ModelConnection connection, HttpClient http, string model) =>
        new EmbeddingClient(model, NoKey, Options(connection, http, model)).AsIEmbeddingGenerator();

    /// <inheritdoc/>
    public override ChatOptions Adapt(ChatOptions options, ModelConnection connection)
    {
        if (options.ResponseFormat is not ChatResponseFormatJson { Schema: { } schema } format)
            return options;
        options = options.Clone();
        // The adapter would make every property required and forbid all others; what the author wrote is sent instead.
        var native = ChatResponseFormat.CreateJsonSchemaFormat(format.SchemaName ?? "answer", BinaryData.FromString(schema.GetRawText()), format.SchemaDescription);
        options.ResponseFormat = null;
        var inner = options.RawRepresentationFactory;
        options.RawRepresentationFactory = client =>
        {
            var raw = inner?.Invoke(client) as ChatCompletionOptions ?? new ChatCompletionOptions();
            raw.ResponseFormat = native;
            return raw;
        };
        return options;
    }

    /// <summary>Below which the protocol's paths are.</summary>
    protected abstract Uri Root(ModelConnection connection, string model);

    private OpenAIClientOptions Options(ModelConnection connection, HttpClient http, string model) => new()
    {
        Endpoint = Root(connection, model),
        Transport = new HttpClientPipelineTransport(http),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        // The call's own timeout holds.
        NetworkTimeout = Timeout.InfiniteTimeSpan,
        ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
    };
}
