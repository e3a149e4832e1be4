using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Definitions;

/// <summary>Source-generated JSON of definitions: camelCase, unknown properties refused.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false,
    MaxDepth = 64)]
[JsonSerializable(typeof(WorkflowDefinition))]
[JsonSerializable(typeof(GraphDefinition))]
public sealed partial class DefinitionJson : JsonSerializerContext;
