using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Json;
using Sos.Workflows.Json;

namespace Sos.Api.Pages.Forms;

/// <summary>A field of a form, as a JSON schema describes it.</summary>
public sealed record SchemaField
{
    private const int ShortText = 8_192;

    private static readonly string[] LongTexts = ["prompt", "system", "sql", "text", "content", "message", "body", "instructions", "goal", "task", "question"];

    /// <summary>The property's name; an item's number.</summary>
    public required string Name { get; init; }

    /// <summary>Where the value is in the config.</summary>
    public required string Pointer { get; init; }

    /// <summary>What it is called.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for; null where nobody says.</summary>
    public string? Description { get; init; }

    /// <summary>How it is entered.</summary>
    public required FieldKind Kind { get; init; }

    /// <summary>Whether it must be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether the value is a secret that is not shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>What counts where it is left out, or else an example, for the empty field.</summary>
    public string? Hint { get; init; }

    /// <summary>The values of a choice as they are shown; all differ.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The same as they are.</summary>
    public IReadOnlyList<JsonElement> ChoiceValues { get; init; } = [];

    /// <summary>The fields of an object.</summary>
    public IReadOnlyList<SchemaField> Fields { get; init; } = [];

    /// <summary>The schema of each item of a list, or of each value of a map.</summary>
    public JsonElement ItemSchema { get; init; }

    /// <summary>Whether only whole numbers will do.</summary>
    public bool IsInteger { get; init; }

    /// <summary>The fields of a config.</summary>
    /// <param name="schema">The schema of an object.</param>
    /// <param name="pointer">Where the object is in the config.</param>
    /// <param name="graphProperty">The property that is a graph; null for none.</param>
    public static IReadOnlyList<SchemaField> FieldsOf(JsonElement schema, string pointer, string? graphProperty = null)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
            return [];
        var required = schema.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(r => r.GetString()).ToHashSet(StringComparer.Ordinal)
            : [];
        return [.. properties.EnumerateObject().Select(p => Of(p.Name, p.Value, JsonPointer.Append(pointer, p.Name), required.Contains(p.Name)))
            .Select(f => f.Name == graphProperty && pointer.Length == 0 ? f with { Kind = FieldKind.Graph } : f)];
    }

    /// <summary>A field.</summary>
    public static SchemaField Of(string name, JsonElement schema, string pointer, bool isRequired = false)
    {
        var kind = KindOf(name, schema);
        return new SchemaField
        {
            Name = name,
            Pointer = pointer,
            Title = schema.TextMember("title") ?? name,
            Description = schema.TextMember("description"),
            Kind = kind,
            IsRequired = isRequired,
            IsSecret = schema.Member("writeOnly") is { ValueKind: JsonValueKind.True },
            IsInteger = TypesOf(schema) is ["integer"],
            Hint = schema.Member("default") is { } given ? $"Default: {Short(given)}" : schema.Member("examples") is { ValueKind: JsonValueKind.Array } examples && examples.GetArrayLength() > 0 ? Short(examples[0]) : null,
            Choices = kind == FieldKind.Choice ? [.. schema.Member("enum")!.Value.EnumerateArray().Select(Plain)] : [],
            ChoiceValues = kind == FieldKind.Choice ? [.. schema.Member("enum")!.Value.EnumerateArray()] : [],
            Fields = kind == FieldKind.Object ? FieldsOf(schema, pointer) : [],
            ItemSchema = kind switch
            {
                FieldKind.List => schema.Member("items")!.Value,
                FieldKind.Map => schema.Member("additionalProperties")!.Value,
                _ => default,
            },
        };
    }

    /// <summary>The field of an item of a list, or of a value of a map.</summary>
    public SchemaField Item(string name) => Of(name, ItemSchema, JsonPointer.Append(Pointer, name)) with { Title = Kind == FieldKind.Map ? name : $"{ItemSchema.TextMember("title") ?? "Item"} {int.Parse(name, CultureInfo.InvariantCulture) + 1}" };

    /// <summary>An empty value of the list's or map's items.</summary>
    public JsonNode NewItem() => KindOf("", ItemSchema) switch
    {
        FieldKind.Object or FieldKind.Map => new JsonObject(),
        FieldKind.List => new JsonArray(),
        FieldKind.Number => JsonValue.Create(0),
        FieldKind.Switch => JsonValue.Create(false),
        FieldKind.Choice => JsonNode.Parse(ItemSchema.Member("enum")!.Value[0].GetRawText())!,
        _ => JsonValue.Create(""),
    };

    /// <summary>Whether a value is shown as this kind of field shows it; otherwise it is an expression or out of the ordinary.</summary>
    public bool Fits(JsonNode? value) => value is null || Kind switch
    {
        FieldKind.Text or FieldKind.Lines => value.GetValueKind() is JsonValueKind.String,
        FieldKind.Choice => ChoiceValues.Any(c => JsonNode.DeepEquals(JsonValue.Create(c), value)),
        FieldKind.Number => value.GetValueKind() is JsonValueKind.Number,
        FieldKind.Switch => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        FieldKind.Object or FieldKind.Map => value is JsonObject,
        FieldKind.List => value is JsonArray,
        _ => true,
    };

    /// <summary>What an entered text is as a value: an expression stays a text; a number, true or false and JSON become what they are.</summary>
    /// <param name="text">The text, which is not empty.</param>
    /// <param name="value">The value.</param>
    /// <param name="allowsExpressions">Whether an expression may stand for the value.</param>
    /// <returns>Why it is none; null where it is.</returns>
    public string? Read(string text, out JsonNode? value, bool allowsExpressions = true)
    {
        value = JsonValue.Create(text);
        var chosen = Choices.Index().Where(c => c.Item == text).Select(c => c.Index).FirstOrDefault(-1);
        if (chosen >= 0)
            value = JsonNode.Parse(ChoiceValues[chosen].GetRawText());
        if (Kind is FieldKind.Text or FieldKind.Lines or FieldKind.Choice || allowsExpressions && text.Contains("{{", StringComparison.Ordinal) && !LooksLikeJson(text))
            return null;
        // Blanks of all kinds may be around it; the lines before it count.
        var read = new string([.. text.TakeWhile(char.IsWhiteSpace).Select(c => c == '\n' ? c : ' ')]) + text.Trim();
        var or = allowsExpressions ? ", or an expression in {{ }}." : ".";
        try
        {
            var node = JsonNode.Parse(read, null, new JsonDocumentOptions { MaxDepth = 60, AllowDuplicateProperties = false });
            if (Kind == FieldKind.Number && node?.GetValueKind() is not JsonValueKind.Number)
                return (IsInteger ? "Write a whole number" : "Write a number") + or;
            if (Kind == FieldKind.Switch && node?.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))
                return allowsExpressions ? "Write true, false, or an expression in {{ }}." : "Write true or false.";
            value = node;
            return null;
        }
        catch (JsonException e)
        {
            return Kind switch
            {
                FieldKind.Number => (IsInteger ? "Write a whole number" : "Write a number") + or,
                FieldKind.Switch => allowsExpressions ? "Write true, false, or an expression in {{ }}." : "Write true or false.",
                _ => TextMistake.Of(e, read).ToString(),
            };
        }
    }

    private static FieldKind KindOf(string name, JsonElement schema)
    {
        if (schema.Member("enum") is { ValueKind: JsonValueKind.Array } choices)
        {
            var values = choices.EnumerateArray().ToList();
            return values.Count > 0 && values.All(c => c.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)) && values.Select(Plain).Distinct(StringComparer.Ordinal).Count() == values.Count && !values.Any(v => Plain(v).Length == 0)
                ? FieldKind.Choice
                : FieldKind.Json;
        }
        var types = TypesOf(schema);
        return types switch
        {
            ["string"] => IsLong(name, schema) ? FieldKind.Lines : FieldKind.Text,
            ["integer"] or ["number"] => FieldKind.Number,
            ["boolean"] => FieldKind.Switch,
            ["object"] or [] when schema.Member("properties") is { ValueKind: JsonValueKind.Object } p && p.EnumerateObject().Any() => FieldKind.Object,
            ["object"] when schema.Member("additionalProperties") is { ValueKind: JsonValueKind.Object } => FieldKind.Map,
            ["array"] when schema.Member("items") is { ValueKind: JsonValueKind.Object } => FieldKind.List,
            // Text, numbers and the like are all written as text.
            [_, _, ..] when types.Contains("string") && !types.Contains("object") => FieldKind.Text,
            _ => FieldKind.Json,
        };
    }

    private static bool IsLong(string name, JsonElement schema) =>
        LongTexts.Contains(name, StringComparer.Ordinal) && (schema.Member("maxLength") is not { } most || most.GetInt32() > ShortText);

    private static bool LooksLikeJson(string text) => text.TrimStart() is ['{', not '{', ..] or ['[', ..] or ['"', ..];

    private static string[] TypesOf(JsonElement schema) => schema.Member("type") switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Select(t => t.GetString()!).Where(t => t != "null")],
        _ => [],
    };

    private static string Plain(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Short(JsonElement value)
    {
        var text = Plain(value).ReplaceLineEndings(" ");
        return text.Length > 80 ? text[..77] + "…" : text;
    }
}
