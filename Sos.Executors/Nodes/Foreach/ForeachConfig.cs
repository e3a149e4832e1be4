using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Foreach;

/// <summary>The config of a <c>foreach</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record ForeachConfig
{
    /// <summary>A list, or an object whose entries become <c>{key, value}</c>.</summary>
    public JsonElement Items { get; init; }

    /// <summary>How many items run at once.</summary>
    public int MaxConcurrency { get; set; } = 10;

    /// <summary>What a failed item means for the others.</summary>
    public OnItemError OnItemError { get; init; }

    /// <summary>The graph that runs for each item; the engine takes it from the definition, and this stays undefined.</summary>
    public JsonElement Body { get; init; }
}

/// <summary>What happens when an item fails.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OnItemError>))]
internal enum OnItemError
{
    /// <summary>The node fails and the other items are cancelled.</summary>
    [JsonStringEnumMemberName("stop")] Stop,

    /// <summary>The item's result is null and the others go on.</summary>
    [JsonStringEnumMemberName("continue")] Continue,
}

/// <summary>An entry of an object that is iterated.</summary>
internal sealed record ForeachEntry(string Key, JsonElement Value);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(ForeachConfig))]
[JsonSerializable(typeof(ForeachEntry))]
internal sealed partial class ForeachJson : JsonSerializerContext;
