using System.Text.Json.Serialization;

namespace Sos.Executors.Mcp;

/// <summary>JSON of this folder that is not the protocol's own.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class McpJson : JsonSerializerContext;
