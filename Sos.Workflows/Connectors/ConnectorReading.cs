using Sos.Workflows.Json;

namespace Sos.Workflows.Connectors;

/// <summary>What a document came to that a connector was to be made of.</summary>
public sealed record ConnectorReading
{
    /// <summary>A manifest, written by hand.</summary>
    public const string ByHand = "manifest";

    /// <summary>An OpenAPI document.</summary>
    public const string OpenApi = "openapi";

    /// <summary>What it was: <see cref="ByHand"/> or <see cref="OpenApi"/>.</summary>
    public required string Source { get; init; }

    /// <summary>The connector; null where it became none.</summary>
    public ConnectorManifest? Manifest { get; init; }

    /// <summary>Why it became none, with pointers into the document.</summary>
    public IReadOnlyList<JsonProblem> Problems { get; init; } = [];

    /// <summary>What was left out or is not as it says, with pointers into the document.</summary>
    public IReadOnlyList<JsonProblem> Warnings { get; init; } = [];
}
