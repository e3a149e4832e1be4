using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Transform;

/// <summary>The config of a <c>transform</c> node.</summary>
internal sealed record TransformConfig
{
    /// <summary>The output, its expressions evaluated.</summary>
    public JsonElement Value { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(TransformConfig))]
internal sealed partial class TransformJson : JsonSerializerContext;
