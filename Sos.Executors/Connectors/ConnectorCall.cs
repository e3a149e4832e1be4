using System.Text.Json;

namespace Sos.Executors.Connectors;

/// <summary>A call of a connector's action.</summary>
internal sealed record ConnectorCall
{
    /// <summary>The connector's id.</summary>
    public required string Connector { get; init; }

    /// <summary>The action's name.</summary>
    public required string Action { get; init; }

    /// <summary>Its arguments: an object, or undefined for none.</summary>
    public JsonElement With { get; init; }

    /// <summary>The name of the credential that every provider gets for which <see cref="Credentials"/> has no other; null for none.</summary>
    public string? Credential { get; init; }

    /// <summary>Names of credentials by provider.</summary>
    public IReadOnlyDictionary<string, string> Credentials { get; init; } = new Dictionary<string, string>();

    /// <summary>The connector's settings by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How many items of a list are fetched.</summary>
    public int MaxItems { get; init; } = 1_000;

    /// <summary>How large an answer may be, all pages together, in bytes.</summary>
    public int MaxResponseBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long it may take, all providers and pages together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>What came of a call.</summary>
/// <param name="Data">What the action gives.</param>
/// <param name="Status">The HTTP status, of the last page; null of an MCP server.</param>
/// <param name="Pages">How many pages were fetched; 1 of what is no list.</param>
/// <param name="Truncated">Whether a list has more items than were fetched.</param>
internal sealed record ConnectorReply(JsonElement Data, int? Status = null, int Pages = 1, bool Truncated = false)
{
    /// <summary>The provider that served it.</summary>
    public string Provider { get; init; } = "";
}
