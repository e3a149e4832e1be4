using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Connector;

/// <summary>The config of a <c>connector</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record ConnectorConfig
{
    /// <summary>The connector's id.</summary>
    public string Connector { get; set; } = "";

    /// <summary>The action's name.</summary>
    public string Action { get; set; } = "";

    /// <summary>The action's arguments.</summary>
    public JsonElement With { get; init; }

    /// <summary>The name of the credential to send.</summary>
    public string? Credential { get; init; }

    /// <summary>Names of credentials by provider, where providers have different ones.</summary>
    public IReadOnlyDictionary<string, string>? Credentials { get; init; }

    /// <summary>The connector's settings; numbers will do.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>How many items of a list are fetched, over all pages.</summary>
    public int MaxItems { get; set; } = 1_000;

    /// <summary>How large the answers may be together, after decompression.</summary>
    public int MaxResponseBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How long an attempt may take, all pages and providers together.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>The output of a <c>connector</c> node.</summary>
internal sealed record ConnectorOutput
{
    /// <summary>What the action gives; of a list, its items.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>The HTTP status; null of an MCP server.</summary>
    public required int? Status { get; init; }

    /// <summary>Which of the connector's providers served the call.</summary>
    public required string Provider { get; init; }

    /// <summary>How many pages were fetched.</summary>
    public required int Pages { get; init; }

    /// <summary>Whether a list has more items than <c>maxItems</c>.</summary>
    public required bool Truncated { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(ConnectorConfig))]
[JsonSerializable(typeof(ConnectorOutput))]
internal sealed partial class ConnectorNodeJson : JsonSerializerContext;
