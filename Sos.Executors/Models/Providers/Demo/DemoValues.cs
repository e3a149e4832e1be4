using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Executors.Models.Providers.Demo;

/// <summary>
/// Makes a value that satisfies a JSON schema, out of the words of a text where they fit. Not every schema can be
/// satisfied this way (a <c>pattern</c>, say); such a value is then refused by whoever validates it.
/// </summary>
internal sealed class DemoValues(JsonElement schema, string text, int seed)
{
    private const int MaxDepth = 16;
    private const int MaxText = 200;

    private readonly DemoWords words = new(text);
    private int number = seed;

    /// <summary>The value.</summary>
    public JsonNode? Create() => Create(schema, "", 0);

    private JsonNode? Create(JsonElement s, string name, int depth)
    {
        if (depth > MaxDepth || s.ValueKind != JsonValueKind.Object)
            return JsonValue.Create(words.All is { Length: > 0 } all ? Fit(all, 0, MaxText) : "demo");
        if (s.TryGetProperty("$ref", out var reference) && Resolve(reference.GetString()) is { } target)
            return Create(target, name, depth + 1);
        if (s.TryGetProperty("const", out var constant))
            return Node(constant);
        if (s.TryGetProperty("enum", out var choices) && choices.GetArrayLength() > 0)
            return Node(Choose(choices));
        foreach (var alternatives in (string[])["oneOf", "anyOf"])
        {
            if (s.TryGetProperty(alternatives, out var list) && list.GetArrayLength() > 0)
                return Create(list[0], name, depth + 1);
        }
        if (s.TryGetProperty("default", out var byDefault))
            return Node(byDefault);
        return Type(s) switch
        {
            "object" => CreateObject(s, depth),
            "array" => CreateArray(s, name, depth),
            "integer" => CreateNumber(s, whole: true),
            "number" => CreateNumber(s, whole: false),
            "boolean" => JsonValue.Create(!words.Has(" not ") && !words.Has("n't")),
            "null" => null,
            _ => JsonValue.Create(CreateText(s, name)),
        };
    }

    private JsonObject CreateObject(JsonElement s, int depth)
    {
        var made = new JsonObject();
        Add(s);
        if (s.TryGetProperty("allOf", out var parts))
        {
            foreach (var part in parts.EnumerateArray())
                Add(part.TryGetProperty("$ref", out var reference) && Resolve(reference.GetString()) is { } target ? target : part);
        }
        return made;

        void Add(JsonElement from)
        {
            if (!from.TryGetProperty("properties", out var properties))
                return;
            foreach (var property in properties.EnumerateObject())
            {
                // What is optional and nested deep is left out, so that recursive schemas come to an end.
                if (depth < 3 || IsRequired(from, property.Name))
                    made[property.Name] = Create(property.Value, property.Name, depth + 1);
            }
        }
    }

    private JsonArray CreateArray(JsonElement s, string name, int depth)
    {
        var least = Whole(s, "minItems") ?? 0;
        var count = Math.Clamp(Math.Max(least, 1), 0, Math.Min(Whole(s, "maxItems") ?? 10, 10));
        var made = new JsonArray();
        var prefix = s.TryGetProperty("prefixItems", out var p) ? p.GetArrayLength() : 0;
        for (var i = 0; i < Math.Max(count, prefix); i++)
        {
            var item = i < prefix ? p[i] : s.TryGetProperty("items", out var items) ? items : default;
            // Different items where they must be: another choice, another number, another word.
            made.Add(item.ValueKind == JsonValueKind.Object && item.TryGetProperty("enum", out var choices) && i < choices.GetArrayLength() && count > 1
                ? Node(choices[i])
                : Create(item, name, depth + 1));
        }
        return made;
    }

    private JsonValue CreateNumber(JsonElement s, bool whole)
    {
        var step = Number(s, "multipleOf") is > 0 and var m ? m : whole ? 1 : 0;
        var (least, most) = (Number(s, "minimum"), Number(s, "maximum"));
        if (Number(s, "exclusiveMinimum") is { } above)
            least = step > 0 ? above + step : most is { } top ? (above + top) / 2 : above + 1;
        if (Number(s, "exclusiveMaximum") is { } below)
            most = step > 0 ? below - step : least is { } bottom ? (bottom + below) / 2 : below - 1;
        var value = words.Numbers.Count > 0 ? words.Numbers[number++ % words.Numbers.Count] : least ?? Math.Min(1, most ?? 1);
        if (value < least || value > most)
            value = least ?? most!.Value;
        if (step > 0)
        {
            value = Math.Floor(value / step) * step;
            if (value < least)
                value += step;
        }
        return whole ? JsonValue.Create((long)value) : JsonValue.Create(value);
    }

    private string CreateText(JsonElement s, string name)
    {
        var text = (s.TryGetProperty("format", out var f) ? f.GetString() : null) switch
        {
            "date-time" => "2026-01-01T00:00:00Z",
            "date" => "2026-01-01",
            "time" => "00:00:00Z",
            "duration" => "PT1H",
            "email" => words.Email ?? "demo@example.com",
            "uri" => words.Url ?? "https://example.com/",
            "uuid" => "00000000-0000-4000-8000-000000000000",
            "ipv4" => "192.0.2.1",
            "ipv6" => "2001:db8::1",
            _ => ByName(s, name),
        };
        return Fit(text, Whole(s, "minLength") ?? 0, Whole(s, "maxLength") ?? MaxText);
    }

    private string ByName(JsonElement s, string name)
    {
        bool Is(string part) => name.Contains(part, StringComparison.OrdinalIgnoreCase);
        if (s.TryGetProperty("examples", out var examples) && examples.ValueKind == JsonValueKind.Array && examples.GetArrayLength() > 0 && examples[0].ValueKind == JsonValueKind.String && words.All.Length == 0)
            return examples[0].GetString()!;
        if (Is("url") || Is("uri"))
            return words.Url ?? "https://example.com/";
        if (Is("mail"))
            return words.Email ?? "demo@example.com";
        if (Is("path") || Is("file"))
            return words.Path ?? words.Quoted ?? ".";
        return words.Quoted ?? (words.All is { Length: > 0 } all ? all : "demo");
    }

    // The choice that the text speaks of; otherwise the first.
    private JsonElement Choose(JsonElement choices)
    {
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.ValueKind == JsonValueKind.String && words.Has(choice.GetString()!))
                return choice;
        }
        return choices[0];
    }

    private JsonElement? Resolve(string? reference)
    {
        if (reference is null || !reference.StartsWith('#'))
            return null;
        var at = schema;
        foreach (var part in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var key = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(key, out at))
                return null;
        }
        return at;
    }

    private static string Fit(string text, int least, int most)
    {
        text = text.Length > most ? text[..Math.Max(most, 0)] : text;
        return text.Length < least ? text.PadRight(least, '.') : text;
    }

    private static string? Type(JsonElement s)
    {
        if (s.TryGetProperty("type", out var type))
        {
            return type.ValueKind == JsonValueKind.Array
                ? type.EnumerateArray().Select(t => t.GetString()).FirstOrDefault(t => t != "null") ?? "null"
                : type.GetString();
        }
        return s.TryGetProperty("properties", out _) || s.TryGetProperty("allOf", out _) ? "object" : s.TryGetProperty("items", out _) ? "array" : null;
    }

    private static bool IsRequired(JsonElement s, string name) =>
        s.TryGetProperty("required", out var required) && required.EnumerateArray().Any(r => r.ValueEquals(name));

    private static decimal? Number(JsonElement s, string name) =>
        s.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? number : null;

    private static int? Whole(JsonElement s, string name) => Number(s, name) is { } n and >= 0 and <= int.MaxValue ? (int)n : null;

    private static JsonNode? Node(JsonElement value) => JsonNode.Parse(value.GetRawText());
}
