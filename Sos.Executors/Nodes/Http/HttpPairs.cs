using System.Text.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>Names and values of queries and forms.</summary>
internal static class HttpPairs
{
    /// <summary>The pairs of a config: a list repeats its name, null is left out.</summary>
    /// <exception cref="HttpConfigException">A value is no text.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Of(IReadOnlyDictionary<string, JsonElement>? values, string property)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, JsonElement>())
        {
            foreach (var one in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().AsEnumerable() : [value])
            {
                if (one.ValueKind == JsonValueKind.Null)
                    continue;
                var text = ScalarText.Of(one)
                    ?? throw new HttpConfigException("invalid_config", $"'{name}' in {property} is {ScalarText.KindOf(one)}; it must be text or a list of texts.");
                yield return new(name, text);
            }
        }
    }

    /// <summary>The pairs as a query writes them.</summary>
    public static string Encode(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join('&', pairs.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));
}
