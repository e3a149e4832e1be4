using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sos.Workflows.Json;

/// <summary>Equality of JSON values as JSON schema means it: 1 equals 1.0, and the order of properties does not matter.</summary>
internal sealed class JsonValueComparer : IEqualityComparer<JsonElement>
{
    public static JsonValueComparer Instance { get; } = new();

    public bool Equals(JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y);

    public int GetHashCode(JsonElement value)
    {
        var hash = new HashCode();
        hash.Add(value.ValueKind);
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                new JsonNumber(JsonMarshal.GetRawUtf8Value(value)).AddTo(ref hash);
                break;
            case JsonValueKind.String:
                hash.Add(value.GetString());
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    hash.Add(GetHashCode(item));
                break;
            case JsonValueKind.Object:
                var properties = 0;
                foreach (var property in value.EnumerateObject())
                    properties ^= HashCode.Combine(property.Name, GetHashCode(property.Value));
                hash.Add(properties);
                break;
        }
        return hash.ToHashCode();
    }
}
