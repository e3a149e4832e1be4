using System.Net.Http.Headers;
using Anthropic;
using Anthropic.Core;
using Microsoft.Extensions.AI;
using Sos.Workflows.Models;

namespace Sos.Executors.Models.Providers.Anthropic;

/// <summary>Anthropic, through its own SDK and the adapter in it. Setting: <c>maxTokens</c>, the longest answer where a call names none.</summary>
internal sealed class AnthropicProvider : ModelProvider
{
    // The protocol demands a limit, and a small one would cut answers off in silence.
    private const int DefaultMaxTokens = 8192;

    private static readonly Uri Default = new("https://api.anthropic.com");

    private readonly string[] operatorsHeaders;

    /// <summary>For the process's environment.</summary>
    public AnthropicProvider()
        : this(Environment.GetEnvironmentVariable("ANTHROPIC_CUSTOM_HEADERS"))
    {
    }

    /// <summary>For an environment.</summary>
    /// <param name="customHeaders">Lines of <c>name: value</c> that the SDK puts onto every request, wherever it goes.</param>
    internal AnthropicProvider(string? customHeaders) =>
        operatorsHeaders = [.. (customHeaders ?? "").Split('\n').Select(line => line.Split(':')[0].Trim()).Where(name => name.Length > 0)];

    /// <inheritdoc/>
    public override string Kind => ProviderKind.Anthropic;

    /// <inheritdoc/>
    public override Uri Endpoint(ModelConnection connection) => connection.BaseUrl ?? Default;

    /// <inheritdoc/>
    public override string? Check(ModelConnection connection) => connection.ApiKey is null ? "it has no API key" : null;

    /// <inheritdoc/>
    public override StructuredOutput StructuredOutput(ModelConnection connection) =>
        JsonAnswer.Read(connection.Setting("structuredOutput"), Models.StructuredOutput.Schema) & ~Models.StructuredOutput.JsonObject;

    /// <inheritdoc/>
    public override IEnumerable<string> Ignored(ChatOptions options)
    {
        // The version of the protocol that the SDK speaks has no place for these.
        if (options.Temperature is not null)
            yield return "temperature";
        if (options.TopP is not null)
            yield return "topP";
        if (options.TopK is not null)
            yield return "topK";
        if (options.FrequencyPenalty is not null)
            yield return "frequencyPenalty";
        if (options.PresencePenalty is not null)
            yield return "presencePenalty";
        if (options.Seed is not null)
            yield return "seed";
    }

    /// <inheritdoc/>
    public override void Authorize(HttpRequestMessage request, ModelConnection connection)
    {
        if (!connection.IsTrusted)
        {
            // They are the operator's, and no business of whoever a workspace's connection leads to.
            foreach (var name in operatorsHeaders)
                request.Headers.Remove(name);
        }
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.ApiKey);
    }

    /// <inheritdoc/>
    public override IChatClient CreateChatClient(ModelConnection connection, HttpClient http, string model)
    {
        // Whatever is not set here the SDK would take from the process's environment: keys, addresses, telemetry.
        var client = new AnthropicClient(new ClientOptions
        {
            ApiKey = "none",
            BaseUrl = Endpoint(connection).AbsoluteUri.TrimEnd('/'),
            HttpClient = http,
            MaxRetries = 0,
            Timeout = TimeSpan.FromHours(2),
            OpenTelemetry = false,
        });
        var maxTokens = int.TryParse(connection.Setting("maxTokens"), out var set) && set > 0 ? set : DefaultMaxTokens;
        return client.AsIChatClient(model, maxTokens);
    }
}
