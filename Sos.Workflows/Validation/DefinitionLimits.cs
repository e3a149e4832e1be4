using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>How large a definition may be.</summary>
public static class DefinitionLimits
{
    /// <summary>Bytes of JSON, white space included: 1 MiB.</summary>
    public const int Bytes = 1024 * 1024;

    /// <summary>Objects and arrays inside one another.</summary>
    public const int Nesting = 64;

    /// <summary>Nodes, those in bodies included.</summary>
    public const int Nodes = 1_000;

    /// <summary>Edges, those in bodies included.</summary>
    public const int Edges = 5_000;

    /// <summary>Bodies inside one another.</summary>
    public const int BodyDepth = 5;

    /// <summary>Problems that are reported; the last says how many more there are.</summary>
    public const int Problems = 100;

    internal static StorableJsonLimits Json { get; } = new() { MaxBytes = Bytes, MaxDepth = Nesting };
}
