using System.Buffers;
using System.Text.Json;
using Sos.Executors.Outbound;
using Sos.Executors.Secrets;

namespace Sos.Executors.Nodes.Http;

/// <summary>Blots out the credentials in an <c>http</c> config.</summary>
internal static class HttpConfigSecrets
{
    private static readonly HashSet<string> InAuth = ["password", "token", "value"];

    /// <summary>The config with <c>***</c> for credentials in auth, headers, query, form, multipart and URL.</summary>
    public static JsonElement Hide(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object)
            return config;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in config.EnumerateObject())
                Write(property, writer);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(JsonProperty property, Utf8JsonWriter writer)
    {
        writer.WritePropertyName(property.Name);
        switch (property.Name)
        {
            case "auth" when property.Value.ValueKind == JsonValueKind.Object:
                WriteObject(property.Value, InAuth.Contains, writer);
                break;
            case "headers" or "query" or "form" when property.Value.ValueKind == JsonValueKind.Object:
                WriteObject(property.Value, SensitiveNames.Contains, writer);
                break;
            case "multipart" when property.Value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var part in property.Value.EnumerateArray())
                {
                    if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("name", out var name) && SensitiveNames.Contains(name.ToString()))
                        WriteObject(part, n => n == "value", writer);
                    else
                        part.WriteTo(writer);
                }
                writer.WriteEndArray();
                break;
            case "url" when property.Value.ValueKind == JsonValueKind.String && Uri.TryCreate(property.Value.GetString(), UriKind.Absolute, out var url):
                writer.WriteStringValue(OutboundUrl.WithoutCredentials(url));
                break;
            default:
                property.Value.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(JsonElement value, Func<string, bool> isSecret, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var property in value.EnumerateObject())
        {
            writer.WritePropertyName(property.Name);
            if (isSecret(property.Name) && property.Value.ValueKind != JsonValueKind.Null)
                writer.WriteStringValue(SecretScrubber.Mask);
            else
                property.Value.WriteTo(writer);
        }
        writer.WriteEndObject();
    }
}
