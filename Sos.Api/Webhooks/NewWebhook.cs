using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sos.Workflows.Store;

namespace Sos.Api.Webhooks;

/// <summary>A webhook with its address, which is shown this once.</summary>
public sealed record NewWebhook : Webhook
{
    [SetsRequiredMembers]
    internal NewWebhook(Webhook webhook, string path, string url)
        : base(webhook) => (Path, Url) = (path, url);

    /// <summary>The path of its address, with the token. Whoever knows it can call the webhook.</summary>
    [JsonPropertyOrder(1)]
    public string Path { get; }

    /// <summary>Its address: below <c>Sos:PublicUrl</c>, or below what this request came to where that is not set.</summary>
    [JsonPropertyOrder(1)]
    public string Url { get; }
}
