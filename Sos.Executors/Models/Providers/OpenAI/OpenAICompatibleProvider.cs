using Microsoft.Extensions.AI;
using OpenAI.Chat;
using Sos.Workflows.Models;

namespace Sos.Executors.Models.Providers.OpenAI;

/// <summary>
/// Anything else that speaks OpenAI's protocol: Ollama, vLLM, LM Studio, Groq, OpenRouter and so on. Settings:
/// <c>provider</c> (its name in telemetry and price lists), <c>structuredOutput</c> (<c>schema</c>, <c>json</c> or
/// <c>none</c>), <c>maxTokensName</c> (<c>max_tokens</c> or <c>max_completion_tokens</c>).
/// </summary>
internal sealed class OpenAICompatibleProvider : OpenAIProtocol
{
    // OpenTelemetry's well-known values of gen_ai.provider.name, by where the providers listen.
    private static readonly (string Host, string Name)[] WellKnown =
    [
        ("api.openai.com", "openai"), ("groq.com", "groq"), ("deepseek.com", "deepseek"), ("mistral.ai", "mistral_ai"), ("perplexity.ai", "perplexity"),
        ("x.ai", "x_ai"), ("cohere.com", "cohere"), ("cohere.ai", "cohere"), ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("openai.azure.com", "azure.ai.openai"), ("openrouter.ai", "openrouter"),
    ];

    /// <inheritdoc/>
    public override string Kind => ProviderKind.OpenAICompatible;

    /// <inheritdoc/>
    public override string? Check(ModelConnection connection) => connection.BaseUrl is null ? "it has no base URL" : null;

    /// <inheritdoc/>
    public override string TelemetryName(ModelConnection connection) =>
        connection.Setting("provider")
        ?? Array.Find(WellKnown, w => IsAt(connection.BaseUrl, w.Host)).Name
        ?? connection.Name;

    /// <inheritdoc/>
    public override ChatOptions Adapt(ChatOptions options, ModelConnection connection)
    {
        options = base.Adapt(options, connection);
        // Most know the protocol's older name only, and some take top_k, which OpenAI does not.
        var maxTokens = connection.Setting("maxTokensName") == "max_completion_tokens" ? null : options.MaxOutputTokens;
        var topK = options.TopK;
        if (maxTokens is null && topK is null)
            return options;
        options = options.Clone();
        if (maxTokens is not null)
            options.MaxOutputTokens = null;
        var inner = options.RawRepresentationFactory;
        options.RawRepresentationFactory = client =>
        {
            var raw = inner?.Invoke(client) as ChatCompletionOptions ?? new ChatCompletionOptions();
#pragma warning disable SCME0001 // the only way to send what the SDK has no property for
            if (maxTokens is { } most)
                raw.Patch.Set("$.max_tokens"u8, most);
            if (topK is { } k)
                raw.Patch.Set("$.top_k"u8, k);
#pragma warning restore SCME0001
            return raw;
        };
        return options;
    }

    /// <inheritdoc/>
    protected override Uri Root(ModelConnection connection, string model) => connection.BaseUrl!;

    private static bool IsAt(Uri? url, string host) =>
        url is not null && (url.Host == host || url.Host.EndsWith("." + host, StringComparison.Ordinal));
}
