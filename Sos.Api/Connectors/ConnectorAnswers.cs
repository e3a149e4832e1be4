using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Connectors;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Connectors;

/// <summary>A connector in a list.</summary>
public sealed record ConnectorSummary
{
    /// <summary>What workflows call it by.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>The drawer it lies in.</summary>
    public required string Category { get; init; }

    /// <summary>Where it is from: <c>shipped</c> with SOS, or the workspace's own, made from a <c>manifest</c> or an <c>openapi</c> document.</summary>
    public required string Source { get; init; }

    /// <summary>How many actions it has; 0 where an MCP server says so.</summary>
    public required int ActionCount { get; init; }

    /// <summary>The types of credential that it takes.</summary>
    public required IReadOnlyList<string> Auth { get; init; }

    internal static ConnectorSummary Of(ConnectorManifest manifest, OwnConnector? own) => new()
    {
        Id = manifest.Id,
        Title = manifest.Title,
        Description = manifest.Description,
        Category = manifest.Category,
        Source = own?.Source ?? ConnectorAnswer.Shipped,
        ActionCount = own?.ActionCount ?? manifest.Actions.Count,
        Auth = [.. AuthOf(manifest).Select(a => a.Type).Distinct(StringComparer.Ordinal)],
    };

    internal static IEnumerable<ConnectorAuth> AuthOf(ConnectorManifest manifest) =>
        manifest.Auth.Count > 0 ? manifest.Auth : manifest.Providers.SelectMany(p => p.Auth ?? []);
}

/// <summary>A connector without its actions.</summary>
public sealed record ConnectorAnswer
{
    internal const string Shipped = "shipped";

    /// <summary>What workflows call it by.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>The drawer it lies in.</summary>
    public required string Category { get; init; }

    /// <summary>Where the service documents its API.</summary>
    public string? Documentation { get; init; }

    /// <summary>Where it is from: <c>shipped</c>, <c>manifest</c> or <c>openapi</c>.</summary>
    public required string Source { get; init; }

    /// <summary>How many actions it has; 0 where an MCP server says so.</summary>
    public required int ActionCount { get; init; }

    /// <summary>Where its API is; null where its providers say so.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>The credentials that it takes; empty where it needs none.</summary>
    public required IReadOnlyList<ConnectorAuthAnswer> Auth { get; init; }

    /// <summary>What a node may say beside the arguments, by name.</summary>
    public required IReadOnlyDictionary<string, ConnectorSettingAnswer> Settings { get; init; }

    /// <summary>Who serves it, in the order in which they are tried; empty where it serves itself.</summary>
    public required IReadOnlyList<ConnectorProviderAnswer> Providers { get; init; }

    /// <summary>How often it was replaced, and one; null of one that SOS comes with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Revision { get; init; }

    /// <summary>When it was made; null of one that SOS comes with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was last replaced; null of one that SOS comes with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? UpdatedAt { get; init; }

    internal static ConnectorAnswer Of(ConnectorManifest manifest, OwnConnector? own) => new()
    {
        Id = manifest.Id,
        Title = manifest.Title,
        Description = manifest.Description,
        Category = manifest.Category,
        Documentation = manifest.Documentation,
        Source = own?.Source ?? Shipped,
        ActionCount = own?.ActionCount ?? manifest.Actions.Count,
        BaseUrl = manifest.BaseUrl,
        Auth = [.. ConnectorSummary.AuthOf(manifest).Select(a => new ConnectorAuthAnswer(a.Type, a.Description, a.AuthorizationUrl, a.TokenUrl, a.Scopes, a.Secrets))],
        Settings = manifest.Settings.ToDictionary(s => s.Key, s => new ConnectorSettingAnswer(s.Value.Description, s.Value.Default, s.Value.Example), StringComparer.Ordinal),
        Providers = [.. manifest.Providers.Select(p => new ConnectorProviderAnswer(p.Id, p.Type))],
        Revision = own?.Revision,
        CreatedAt = own?.CreatedAt,
        UpdatedAt = own?.UpdatedAt,
    };
}

/// <summary>A credential that a connector takes.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Description">What to create where.</param>
/// <param name="AuthorizationUrl">Where people sign in.</param>
/// <param name="TokenUrl">Where tokens come from.</param>
/// <param name="Scopes">What to ask for.</param>
/// <param name="Secrets">The secrets that one of type custom needs.</param>
public sealed record ConnectorAuthAnswer(string Type, string Description, string? AuthorizationUrl, string? TokenUrl, IReadOnlyList<string> Scopes, IReadOnlyList<string> Secrets);

/// <summary>Something that a node may say beside the arguments.</summary>
/// <param name="Description">What it is.</param>
/// <param name="Default">Its value where the node says none; null: the node must.</param>
/// <param name="Example">What it looks like.</param>
public sealed record ConnectorSettingAnswer(string Description, string? Default, string? Example);

/// <summary>Somebody who serves a connector's actions.</summary>
/// <param name="Id">Its name within the connector.</param>
/// <param name="Type">What it speaks.</param>
public sealed record ConnectorProviderAnswer(string Id, ProviderType Type);

/// <summary>A connector that was saved.</summary>
public sealed record SavedConnectorAnswer
{
    /// <summary>The connector.</summary>
    public required ConnectorAnswer Connector { get; init; }

    /// <summary>What of the document was left out, with JSON pointers into it.</summary>
    public required IReadOnlyList<JsonProblem> Warnings { get; init; }
}

/// <summary>Whether a document makes a connector.</summary>
public sealed record ConnectorValidationAnswer
{
    /// <summary>Whether it does.</summary>
    public required bool Valid { get; init; }

    /// <summary>What it is: <c>manifest</c> or <c>openapi</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Why it does not, with JSON pointers into it.</summary>
    public required IReadOnlyList<JsonProblem> Problems { get; init; }

    /// <summary>What would be left out, with JSON pointers into it.</summary>
    public required IReadOnlyList<JsonProblem> Warnings { get; init; }

    /// <summary>The connector that it would make.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConnectorAnswer? Connector { get; init; }

    /// <summary>The names of its first 100 actions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Actions { get; init; }
}

/// <summary>Something that a connector can do.</summary>
public sealed record ConnectorActionAnswer
{
    /// <summary>What workflows call it by.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What it does.</summary>
    public required string Description { get; init; }

    /// <summary>Whether it changes nothing, as far as the connector says.</summary>
    public required bool ReadOnly { get; init; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The path below the base URL.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it gives all pages of a list.</summary>
    public required bool Paged { get; init; }

    /// <summary>The JSON schema of its arguments; left out of lists that are not asked for schemas.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Parameters { get; init; }

    internal static ConnectorActionAnswer Of(string name, ConnectorAction action, bool withSchema) => new()
    {
        Name = name,
        Title = action.Title,
        Description = action.Description,
        ReadOnly = action.ReadOnly ?? action.Method is "GET" or "HEAD" or "OPTIONS",
        Method = action.Method,
        Path = action.Path,
        Paged = action.Pagination is not null,
        Parameters = withSchema && ActionPlan.TryCreate(action, out var plan, out _) ? plan.Schema : null,
    };
}
