using Microsoft.Extensions.AI;
using Sos.Workflows.Models;

namespace Sos.Executors.Models.Providers.OpenAI;

/// <summary>
/// Azure OpenAI (learn.microsoft.com/azure/ai-foundry/openai/reference): the base URL is the resource's endpoint, a
/// model's name is its deployment's. Settings: <c>apiVersion</c>, <c>v1</c> for the paths without one.
/// </summary>
internal sealed class AzureOpenAIProvider : OpenAIProtocol
{
    private const string DefaultApiVersion = "2024-10-21";

    /// <inheritdoc/>
    public override string Kind => ProviderKind.AzureOpenAI;

    /// <inheritdoc/>
    public override string TelemetryName(ModelConnection connection) => "azure.ai.openai";

    /// <inheritdoc/>
    public override string? Check(ModelConnection connection) =>
        connection.BaseUrl is null ? "it has no base URL; that is the resource's endpoint, such as https://name.openai.azure.com"
        : connection.ApiKey is null ? "it has no API key"
        : null;

    /// <inheritdoc/>
    public override IEnumerable<string> Ignored(ChatOptions options)
    {
        if (options.TopK is not null)
            yield return "topK";
    }

    /// <inheritdoc/>
    public override void Authorize(HttpRequestMessage request, ModelConnection connection)
    {
        request.Headers.Authorization = null;
        request.Headers.TryAddWithoutValidation("api-key", connection.ApiKey);
        if (ApiVersion(connection) is { } version && request.RequestUri is { } url)
            request.RequestUri = new UriBuilder(url) { Query = $"api-version={Uri.EscapeDataString(version)}" }.Uri;
    }

    /// <inheritdoc/>
    protected override Uri Root(ModelConnection connection, string model)
    {
        var resource = connection.BaseUrl!.AbsoluteUri.TrimEnd('/');
        return new Uri(ApiVersion(connection) is null ? $"{resource}/openai/v1" : $"{resource}/openai/deployments/{Uri.EscapeDataString(model)}");
    }

    private static string? ApiVersion(ModelConnection connection) => connection.Setting("apiVersion") switch
    {
        null => DefaultApiVersion,
        "v1" => null,
        var version => version,
    };
}
