using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Workflow;

/// <summary>The config of a <c>workflow</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record WorkflowConfig
{
    /// <summary>The other workflow's id or name.</summary>
    public string Workflow { get; set; } = "";

    /// <summary>Its version; null for the latest.</summary>
    public int? Version { get; init; }

    /// <summary>Its input; undefined for an empty object.</summary>
    public JsonElement Input { get; init; }
}

/// <summary>The payload of a <c>child</c> signal.</summary>
internal sealed record ChildSignal
{
    /// <summary>The child execution.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary><c>completed</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Its output, where it completed.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Its error, where it failed.</summary>
    public JsonElement? Error { get; init; }

    /// <summary>What its model calls have cost in US dollars, as far as their prices are known.</summary>
    public decimal? CostUsd { get; init; }
}

/// <summary>The details of a child's failure.</summary>
internal sealed record ChildErrorDetails(Guid ExecutionId, string Workflow, JsonElement? Error);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(WorkflowConfig))]
[JsonSerializable(typeof(ChildErrorDetails))]
internal sealed partial class WorkflowJson : JsonSerializerContext;

/// <summary>Reads signals, also those with properties of a later release.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChildSignal))]
internal sealed partial class ChildSignalJson : JsonSerializerContext;
