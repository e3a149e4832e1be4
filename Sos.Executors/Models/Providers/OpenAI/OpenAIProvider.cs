using Microsoft.Extensions.AI;
using Sos.Workflows.Models;

namespace Sos.Executors.Models.Providers.OpenAI;

/// <summary>OpenAI itself.</summary>
internal sealed class OpenAIProvider : OpenAIProtocol
{
    private static readonly Uri Default = new("https://api.openai.com/v1");

    /// <inheritdoc/>
    public override string Kind => ProviderKind.OpenAI;

    /// <inheritdoc/>
    public override Uri Endpoint(ModelConnection connection) => connection.BaseUrl ?? Default;

    /// <inheritdoc/>
    public override string? Check(ModelConnection connection) => connection.ApiKey is null ? "it has no API key" : null;

    /// <inheritdoc/>
    public override IEnumerable<string> Ignored(ChatOptions options)
    {
        if (options.TopK is not null)
            yield return "topK";
    }

    /// <inheritdoc/>
    protected override Uri Root(ModelConnection connection, string model) => Endpoint(connection);
}
