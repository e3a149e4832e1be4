using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Switch;

/// <summary>The config of a <c>switch</c> node.</summary>
internal sealed record SwitchConfig
{
    /// <summary>What decides: text, a number, a boolean or null.</summary>
    public JsonElement Value { get; init; }

    /// <summary>The labels there are; a value that is none of them takes <c>default</c>. Null where the edges' labels decide.</summary>
    public IReadOnlyList<string>? Cases { get; init; }
}

/// <summary>The output of a <c>switch</c> node.</summary>
internal sealed record SwitchOutput(JsonElement Value, string Branch);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(SwitchConfig))]
[JsonSerializable(typeof(SwitchOutput))]
internal sealed partial class SwitchJson : JsonSerializerContext;
