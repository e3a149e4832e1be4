using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Wait;

/// <summary>The config of a <c>wait</c> node; exactly one of the two.</summary>
internal sealed record WaitConfig
{
    /// <summary>How long from the node's start.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? Duration { get; init; }

    /// <summary>Until when: an RFC 3339 timestamp.</summary>
    public string? Until { get; init; }
}

/// <summary>What a waiting node remembers.</summary>
internal sealed record WaitState(DateTimeOffset StartedAt, DateTimeOffset Until);

/// <summary>The output of a <c>wait</c> node.</summary>
internal sealed record WaitOutput(DateTimeOffset StartedAt, DateTimeOffset WaitedUntil);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(WaitConfig))]
[JsonSerializable(typeof(WaitState))]
[JsonSerializable(typeof(WaitOutput))]
internal sealed partial class WaitJson : JsonSerializerContext;
