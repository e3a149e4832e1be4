namespace Sos.Api.Pages.Editor;

/// <summary>What a workspace has by name, for fields that name one.</summary>
/// <param name="Credentials">Its credentials.</param>
/// <param name="Connectors">The connectors it can use, each with its actions.</param>
/// <param name="Workflows">Its workflows.</param>
/// <param name="Indexes">Its RAG indexes.</param>
/// <param name="ModelProviders">Its own connections to models.</param>
internal sealed record WorkspaceNames(
    IReadOnlyList<string> Credentials,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Connectors,
    IReadOnlyList<string> Workflows,
    IReadOnlyList<string> Indexes,
    IReadOnlyList<string> ModelProviders)
{
    /// <summary>Nothing.</summary>
    public static WorkspaceNames None { get; } = new([], new Dictionary<string, IReadOnlyList<string>>(), [], [], []);

    /// <summary>What a field of a node may name.</summary>
    /// <param name="type">The node's type.</param>
    /// <param name="pointer">The field's place in the config.</param>
    /// <param name="connector">The connector that the config names; null for none.</param>
    public IReadOnlyList<string> For(string type, string pointer, string? connector) => (type, pointer) switch
    {
        (_, "/credential") => Credentials,
        ("connector", "/connector") => [.. Connectors.Keys],
        ("connector", "/action") => connector is not null && Connectors.TryGetValue(connector, out var actions) ? actions : [],
        ("workflow", "/workflow") => Workflows,
        ("rag" or "documents", "/index") => Indexes,
        ("llm" or "agent" or "rag", "/provider") => ModelProviders,
        _ => [],
    };
}
