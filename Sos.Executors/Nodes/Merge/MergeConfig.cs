using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Merge;

/// <summary>The config of a <c>merge</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record MergeConfig
{
    /// <summary>What becomes of the inputs.</summary>
    public MergeMode Mode { get; init; }

    /// <summary>What to combine: an object of named values or a list; undefined to combine nothing.</summary>
    public JsonElement Inputs { get; init; }

    /// <summary>Whether null inputs, such as <c>steps.?id</c> of a skipped step, are left out.</summary>
    public bool DropNulls { get; set; } = true;
}

/// <summary>How a <c>merge</c> node combines its inputs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MergeMode>))]
internal enum MergeMode
{
    /// <summary>Into one object: named inputs under their names, listed ones by putting their properties together.</summary>
    [JsonStringEnumMemberName("object")] Object,

    /// <summary>Into a list, in the order they are written.</summary>
    [JsonStringEnumMemberName("array")] Array,

    /// <summary>The first that is not null.</summary>
    [JsonStringEnumMemberName("first")] First,
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(MergeConfig))]
[JsonSerializable(typeof(IEnumerable<JsonElement>))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class MergeJson : JsonSerializerContext;
