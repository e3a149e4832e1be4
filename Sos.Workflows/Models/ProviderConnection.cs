using System.Text.Json;

namespace Sos.Workflows.Models;

/// <summary>A connection to a model provider.</summary>
public sealed record ProviderConnection
{
    /// <summary>Its name in the workspace.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="ProviderKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the provider is; null for the kind's own address.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>What else the kind takes: an object without secrets.</summary>
    public JsonElement Settings { get; init; }

    /// <summary>The API key; null for a provider that asks for none. Never to be logged.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Everything but the key.</summary>
    public override string ToString() => $"{nameof(ProviderConnection)} {{ Name = {Name}, Kind = {Kind}, BaseUrl = {BaseUrl}, ApiKey = {(ApiKey is null ? "none" : "set")} }}";
}

/// <summary>What a provider connection speaks.</summary>
public static class ProviderKind
{
    /// <summary>OpenAI itself.</summary>
    public const string OpenAI = "openai";

    /// <summary>Anything that speaks OpenAI's protocol at an address of its own.</summary>
    public const string OpenAICompatible = "openai-compatible";

    /// <summary>Azure OpenAI.</summary>
    public const string AzureOpenAI = "azure-openai";

    /// <summary>Anthropic.</summary>
    public const string Anthropic = "anthropic";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [OpenAI, OpenAICompatible, AzureOpenAI, Anthropic];
}
