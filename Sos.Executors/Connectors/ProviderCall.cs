using System.Text.Json;
using Sos.Executors.Connectors.Http;
using Sos.Workflows.Connectors;

namespace Sos.Executors.Connectors;

/// <summary>A call as one provider gets it.</summary>
internal sealed record ProviderCall
{
    /// <summary>The connector.</summary>
    public required ConnectorManifest Manifest { get; init; }

    /// <summary>The provider; null where the connector serves itself.</summary>
    public ConnectorProvider? Provider { get; init; }

    /// <summary>The action's name.</summary>
    public required string Action { get; init; }

    /// <summary>The action; null where an MCP server knows it.</summary>
    public required ActionPlan? Plan { get; init; }

    /// <summary>The arguments, with defaults: an object.</summary>
    public required JsonElement Arguments { get; init; }

    /// <summary>The connector's settings, with defaults.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The name of the credential to send; null for none.</summary>
    public string? Credential { get; init; }

    /// <summary>The limits of the call.</summary>
    public required ConnectorCall Limits { get; init; }

    /// <summary>When it must be done.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Cancelled when it must be done.</summary>
    public CancellationToken Deadline { get; init; }

    /// <summary>The server that is asked: a setting may name another one.</summary>
    public string Server => Provider switch
    {
        { Connector: { } other } => other,
        { Type: ProviderType.Mcp } mcp => mcp.Server ?? mcp.Url ?? "",
        _ => Origin.Authority,
    };

    /// <summary>The scheme and host of the API.</summary>
    /// <exception cref="ConnectorException">A setting can't stand there (<c>invalid_settings</c>).</exception>
    public Uri Origin => UrlTemplate.Origin(BaseUrl, name => Settings.GetValueOrDefault(name));

    /// <summary>No answer came in time.</summary>
    public ConnectorException TimedOut() =>
        new("http_timeout", $"{Manifest.Title} ({ProviderId}) did not answer '{Action}' in time.", retryable: true, FallThrough.Connection);

    /// <summary>The provider's id: <c>connector.routing_provider</c>.</summary>
    public string ProviderId => Provider?.Id ?? Manifest.Id;

    /// <summary>What the provider speaks: <c>connector.provider</c>.</summary>
    public ProviderType Type => Provider?.Type ?? ProviderType.Manifest;

    /// <summary>Where its API is.</summary>
    public string BaseUrl => Provider?.BaseUrl ?? Manifest.BaseUrl ?? "";

    /// <summary>How it may be asked for.</summary>
    public IReadOnlyList<ConnectorAuth> Auth => Provider?.Auth ?? Manifest.Auth;

    /// <summary>How its failures are read.</summary>
    public ConnectorErrors Errors => Plan?.Action.Errors ?? Provider?.Errors ?? Manifest.Errors;

    /// <summary>How much it may be asked for.</summary>
    public ConnectorRateLimit? RateLimit => Provider?.RateLimit ?? Manifest.RateLimit;
}
