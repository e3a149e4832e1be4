using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Connectors;

/// <summary>
/// What a connector is: the actions of a service, what it asks for, and who serves them. Written by hand (YAML or JSON,
/// see <c>docs/connectors.md</c>) or made from an OpenAPI document.
/// </summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
public sealed record ConnectorManifest
{
    /// <summary>What workflows call it by: small letters, digits and hyphens, at most 63.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>One or two sentences on what it is for.</summary>
    public string Description { get; set; } = "";

    /// <summary>The drawer it lies in, such as <c>communication</c>.</summary>
    public string Category { get; set; } = "other";

    /// <summary>Where the service documents its API.</summary>
    public string? Documentation { get; init; }

    /// <summary>What a node says beside the arguments, such as the subdomain of an account; by name.</summary>
    public IReadOnlyDictionary<string, ConnectorSetting> Settings { get; set; } = new Dictionary<string, ConnectorSetting>();

    /// <summary>Where the API is: an absolute URL that may hold <c>{setting}</c>. Null where every provider says so itself.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>How it may be asked for: each entry names a type of credential and where that goes. Empty: without a credential.</summary>
    public IReadOnlyList<ConnectorAuth> Auth { get; set; } = [];

    /// <summary>Headers of every request; templates over <c>args</c>, <c>settings</c>, <c>credential</c> and <c>idempotencyKey</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Headers { get; set; } = new Dictionary<string, JsonElement>();

    /// <summary>How its failures are told and read.</summary>
    public ConnectorErrors Errors { get; set; } = new();

    /// <summary>How much it may be asked for; null for as much as comes.</summary>
    public ConnectorRateLimit? RateLimit { get; init; }

    /// <summary>
    /// Who serves it, in the order in which they are tried. Empty: the connector itself, under its id. What a provider does
    /// not say, the connector says for it.
    /// </summary>
    public IReadOnlyList<ConnectorProvider> Providers { get; set; } = [];

    /// <summary>Which failures lead on to the next provider; all by default.</summary>
    public IReadOnlyList<FallThrough> FallThrough { get; set; } =
        [Connectors.FallThrough.Connection, Connectors.FallThrough.RateLimited, Connectors.FallThrough.ServerError, Connectors.FallThrough.CircuitOpen];

    /// <summary>What it can do, by name. Empty where an MCP server says so.</summary>
    public IReadOnlyDictionary<string, ConnectorAction> Actions { get; set; } = new Dictionary<string, ConnectorAction>();
}

/// <summary>Something that a node says to a connector beside an action's arguments.</summary>
public sealed record ConnectorSetting
{
    /// <summary>What it is and where to find it.</summary>
    public string Description { get; set; } = "";

    /// <summary>Its value where the node gives none; null: the node must.</summary>
    public string? Default { get; init; }

    /// <summary>What it looks like.</summary>
    public string? Example { get; init; }
}

/// <summary>Somebody who serves a connector's actions.</summary>
public sealed record ConnectorProvider
{
    /// <summary>Its name within the connector: <c>connector.routing_provider</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it speaks: <c>connector.provider</c>.</summary>
    public ProviderType Type { get; set; } = ProviderType.Manifest;

    /// <summary>Where its API is.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>How it may be asked for; null as the connector says.</summary>
    public IReadOnlyList<ConnectorAuth>? Auth { get; init; }

    /// <summary>Headers of every request to it, beside the connector's.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Headers { get; init; }

    /// <summary>How its failures are read; null as the connector says.</summary>
    public ConnectorErrors? Errors { get; init; }

    /// <summary>How much it may be asked for; null as the connector says.</summary>
    public ConnectorRateLimit? RateLimit { get; init; }

    /// <summary>The name of the MCP server (<c>Sos:Mcp:Servers</c>) that it is; of type mcp, this or <see cref="Url"/>.</summary>
    public string? Server { get; init; }

    /// <summary>The URL of the MCP server that it is.</summary>
    public string? Url { get; init; }

    /// <summary>Another connector of the workspace that serves in its place, such as one made from an OpenAPI document.</summary>
    public string? Connector { get; init; }

    /// <summary>What an action is called there, and what its arguments are; an action that is not named goes as it is.</summary>
    public IReadOnlyDictionary<string, ProviderAction> Actions { get; set; } = new Dictionary<string, ProviderAction>();
}

/// <summary>An action as another connector or an MCP server knows it.</summary>
public sealed record ProviderAction
{
    /// <summary>The action's or tool's name there; null for the same.</summary>
    public string? Action { get; init; }

    /// <summary>Its arguments there: a template over <c>args</c>; undefined for the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement With { get; init; }
}

/// <summary>How many requests a connector sends with one credential.</summary>
public sealed record ConnectorRateLimit
{
    /// <summary>At most so many, 1 to 100,000 …</summary>
    public required int Requests { get; init; }

    /// <summary>… in so long: a duration such as <c>1m</c>, at most a day.</summary>
    public string Per { get; set; } = "1s";

    /// <summary>At most so many at once; null for no limit.</summary>
    public int? Concurrent { get; init; }
}
