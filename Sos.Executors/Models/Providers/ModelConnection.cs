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

    /// <summary>The kind's own settings by name, such as <c>apiVersion</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The API key; never shown.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// Whether the operator configured it. It may lead to any address then, while a workspace's own may only lead where
    /// workflows may go.
    /// </summary>
    public bool IsTrusted { get; init; }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"{Name} ({Kind}{(BaseUrl is null ? "" : $" at {BaseUrl.Host}")})";
}
