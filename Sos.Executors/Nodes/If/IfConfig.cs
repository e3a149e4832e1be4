using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.If;

/// <summary>The config of an <c>if</c> node.</summary>
internal sealed record IfConfig
{
    /// <summary>An expression that gives true or false.</summary>
    public JsonElement Condition { get; init; }
}

/// <summary>The output of an <c>if</c> node.</summary>
internal sealed record IfOutput(bool Result);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(IfConfig))]
[JsonSerializable(typeof(IfOutput))]
internal sealed partial class IfJson : JsonSerializerContext;
