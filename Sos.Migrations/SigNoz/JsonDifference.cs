using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>A place where what a server has differs from what it is to have.</summary>
/// <param name="Path">Where, such as <c>spec.panels.runs.spec.display.name</c>.</param>
/// <param name="Actual">What it has; null for nothing.</param>
/// <param name="Wanted">What it is to have; null for nothing.</param>
internal sealed record JsonDifference(string Path, JsonNode? Actual, JsonNode? Wanted)
{
    private const int MaxText = 80;

    /// <summary>
    /// All differences. What the server has beyond what is wanted is not one, because it fills in ids, times and every
    /// default; nor is a missing member whose wanted value is empty, because it leaves those out; nor is the order of a list whose items have names.
    /// </summary>
    public static IReadOnlyList<JsonDifference> Between(JsonNode? actual, JsonNode? wanted)
    {
        var found = new List<JsonDifference>();
        Compare("", actual, wanted, found);
        return found;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Text(Actual)} -> {Text(Wanted)}";

    private static void Compare(string path, JsonNode? actual, JsonNode? wanted, List<JsonDifference> found)
    {
        switch (actual, wanted)
        {
            case (JsonObject there, JsonObject here):
                foreach (var (name, value) in here)
                    Compare(path.Length == 0 ? name : $"{path}.{name}", there[name], value, found);
                break;
            // SigNoz sorts some lists, such as a rule's thresholds.
            case (JsonArray there, JsonArray here) when there.Count == here.Count && Named(there) is { } named && Named(here) is { } wantedNames && wantedNames.Keys.All(named.ContainsKey):
                foreach (var (name, item) in wantedNames)
                    Compare($"{path}[{name}]", named[name], item, found);
                break;
            case (JsonArray there, JsonArray here) when there.Count == here.Count:
                for (var i = 0; i < here.Count; i++)
                    Compare($"{path}[{i}]", there[i], here[i], found);
                break;
            default:
                if (!Same(actual, wanted))
                    found.Add(new(path, actual, wanted));
                break;
        }
    }

    /// <summary>The items of a list by their names; null where not all have one of their own.</summary>
    private static Dictionary<string, JsonObject>? Named(JsonArray items)
    {
        var named = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item is not JsonObject each || each["name"] is not JsonValue value || !value.TryGetValue(out string? name) || !named.TryAdd(name, each))
                return null;
        }
        return named;
    }

    private static bool Same(JsonNode? actual, JsonNode? wanted)
    {
        if (IsEmpty(actual) && IsEmpty(wanted))
            return true;
        if (actual is not JsonValue there || wanted is not JsonValue here)
            return false;
        return (there.GetValueKind(), here.GetValueKind()) switch
        {
            // 60 and 60.0 are one number.
            (JsonValueKind.Number, JsonValueKind.Number) => Number(there).Equals(Number(here)),
            (JsonValueKind.String, JsonValueKind.String) => there.GetValue<string>() == here.GetValue<string>(),
            var (one, other) => one == other,
        };
    }

    private static double Number(JsonValue value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private static bool IsEmpty(JsonNode? node) => node switch
    {
        null => true,
        JsonObject members => members.All(member => IsEmpty(member.Value)),
        JsonArray items => items.Count == 0,
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>().Length == 0,
            JsonValueKind.Number => Number(value) == 0,
            var kind => kind is JsonValueKind.False or JsonValueKind.Null,
        },
        _ => false,
    };

    private static string Text(JsonNode? node)
    {
        var text = node?.ToJsonString(Display) ?? "nothing";
        return text.Length <= MaxText ? text : text[..MaxText] + "…";
    }

    private static readonly JsonSerializerOptions Display = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
