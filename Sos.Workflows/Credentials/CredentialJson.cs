using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Credentials;

/// <summary>JSON of what a credential's columns hold.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class CredentialJson : JsonSerializerContext;
