using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Fail;

/// <summary>The config of a <c>fail</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record FailConfig
{
    /// <summary>Why, for people.</summary>
    public JsonElement Message { get; init; }

    /// <summary>Why, for programs.</summary>
    public string Code { get; set; } = "failed_by_workflow";

    /// <summary>More, kept with the error.</summary>
    public JsonElement? Details { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(FailConfig))]
internal sealed partial class FailJson : JsonSerializerContext;
