using System.Text.Json;
using Sos.Workflows.Models;

namespace Sos.Executors.Models.Providers;

/// <summary>A connection to a model provider, from the configuration or a workspace's own.</summary>
internal sealed record ModelConnection
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its kind: <see cref="ModelProvider.Kind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the provider listens; null for the kind's usual address.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>The kind's own settings, such as <c>apiVersion</c>, by name in whatever case.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The API key; null for a provider that asks for none. Never shown.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// Whether the operator configured it. It may lead to any address then, while a workspace's own may only lead where
    /// workflows may go.
    /// </summary>
    public bool IsTrusted { get; init; }

    /// <summary>A workspace's own connection.</summary>
    public static ModelConnection From(ProviderConnection own) => new()
    {
        Name = own.Name,
        Kind = own.Kind,
        BaseUrl = own.BaseUrl,
        ApiKey = own.ApiKey,
        Settings = own.Settings.ValueKind == JsonValueKind.Object
            ? own.Settings.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString(), StringComparer.OrdinalIgnoreCase)
            : new Dictionary<string, string>(),
    };

    /// <summary>A connection of the configuration.</summary>
    public static ModelConnection From(string name, ConfiguredProvider configured) => new()
    {
        Name = name,
        Kind = (configured.Kind ?? name).ToLowerInvariant(),
        BaseUrl = configured.BaseUrl,
        ApiKey = string.IsNullOrWhiteSpace(configured.ApiKey) ? null : configured.ApiKey.Trim(),
        Settings = new Dictionary<string, string>(configured.Settings, StringComparer.OrdinalIgnoreCase),
        IsTrusted = true,
    };

    /// <summary>One of <see cref="Settings"/>; null where it is not set.</summary>
    public string? Setting(string name) => Settings.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>Whether a client of the one can serve for the other.</summary>
    public bool SameAs(ModelConnection other) =>
        (Name, Kind, BaseUrl, ApiKey, IsTrusted) == (other.Name, other.Kind, other.BaseUrl, other.ApiKey, other.IsTrusted)
        && Settings.Count == other.Settings.Count && Settings.All(s => other.Setting(s.Key) == s.Value);

    /// <summary>Without the key.</summary>
    public override string ToString() => $"{Name} ({Kind}{(BaseUrl is null ? "" : $" at {BaseUrl.Host}")})";
}
