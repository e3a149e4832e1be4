using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Sos.Workflows.Json.Keywords;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>
/// Writes schemas of a document as JSON Schema that stands alone: references are resolved, a schema inside itself becomes
/// "anything", and so does what is deeper or more than an action needs. What a server sets (<c>readOnly</c>) is left out.
/// </summary>
/// <param name="nodes">How many schemas may be written all in all.</param>
internal sealed partial class SchemaWriter(int nodes = 2_000)
{
    private const int MaxDepth = 10;
    private const int MaxText = 1_000;
    private const int MaxEnum = 500;

    private static readonly (JsonSchemaType Flag, string Name)[] Types =
    [
        (JsonSchemaType.String, "string"), (JsonSchemaType.Integer, "integer"), (JsonSchemaType.Number, "number"), (JsonSchemaType.Boolean, "boolean"),
        (JsonSchemaType.Array, "array"), (JsonSchemaType.Object, "object"), (JsonSchemaType.Null, "null"),
    ];

    private readonly List<IOpenApiSchema> above = [];
    private int left = nodes;

    /// <summary>Writes a schema.</summary>
    /// <param name="schema">The schema; null for anything.</param>
    /// <param name="description">What is said of it, in place of its own description; null for that.</param>
    public JsonElement Write(IOpenApiSchema? schema, string? description = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, schema, description);
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>The schema that a reference leads to; null for one that leads out of the document, or nowhere.</summary>
    public static IOpenApiSchema? Resolve(IOpenApiSchema? schema) => schema switch
    {
        OpenApiSchemaReference { Reference.IsExternal: true } => null,
        OpenApiSchemaReference reference => reference.RecursiveTarget,
        _ => schema,
    };

    private void Write(Utf8JsonWriter writer, IOpenApiSchema? given, string? description)
    {
        var schema = Resolve(given);
        writer.WriteStartObject();
        Text(writer, "description", description ?? given?.Description ?? schema?.Description);
        if (schema is not null && left > 0 && above.Count < MaxDepth && !above.Contains(schema))
        {
            left--;
            above.Add(schema);
            WriteKeywords(writer, schema);
            above.RemoveAt(above.Count - 1);
        }
        writer.WriteEndObject();
    }

    private void WriteKeywords(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        Text(writer, "title", schema.Title);
        WriteType(writer, schema);
        Text(writer, "format", schema.Format is "date-time" or "date" or "time" or "duration" or "email" or "uri" or "uuid" or "ipv4" or "ipv6" ? schema.Format : null);
        WriteEnum(writer, schema);
        Number(writer, "minimum", schema.Minimum);
        Number(writer, "maximum", schema.Maximum);
        Number(writer, "exclusiveMinimum", schema.ExclusiveMinimum);
        Number(writer, "exclusiveMaximum", schema.ExclusiveMaximum);
        if (schema.MultipleOf is > 0 and var multiple)
            writer.WriteNumber("multipleOf", multiple);
        Count(writer, "minLength", schema.MinLength);
        Count(writer, "maxLength", schema.MaxLength);
        Count(writer, "minItems", schema.MinItems);
        Count(writer, "maxItems", schema.MaxItems);
        Count(writer, "minProperties", schema.MinProperties);
        Count(writer, "maxProperties", schema.MaxProperties);
        if (schema.UniqueItems == true)
            writer.WriteBoolean("uniqueItems", true);
        // What can't be matched in linear time would void the whole schema.
        if (schema.Pattern is { } pattern && SchemaPattern.TryCreate(pattern, out _, out _))
            writer.WriteString("pattern", pattern);
        if (schema.Items is not null)
        {
            writer.WritePropertyName("items");
            Write(writer, schema.Items, null);
        }
        WriteObject(writer, schema);
        List(writer, "allOf", schema.AllOf);
        List(writer, "anyOf", schema.AnyOf);
        List(writer, "oneOf", schema.OneOf);
        if (schema.Not is not null)
        {
            writer.WritePropertyName("not");
            Write(writer, schema.Not, null);
        }
    }

    private static void WriteType(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        var types = Types.Where(t => schema.Type?.HasFlag(t.Flag) == true).Select(t => t.Name).ToList();
        if (types.Count == 1)
            writer.WriteString("type", types[0]);
        if (types.Count < 2)
            return;
        writer.WriteStartArray("type");
        foreach (var type in types)
            writer.WriteStringValue(type);
        writer.WriteEndArray();
    }

    private static void WriteEnum(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        if (schema.Const is { } constant)
            writer.WriteString("const", constant);
        if (schema.Enum is not { Count: > 0 and <= MaxEnum } values)
            return;
        writer.WriteStartArray("enum");
        foreach (var value in values.DistinctBy(v => v?.ToJsonString() ?? "null"))
            Value(writer, value);
        // OpenAPI 3.0's nullable adds null to what the list says.
        if (schema.Type?.HasFlag(JsonSchemaType.Null) == true && !values.Any(v => v is null || v.GetValueKind() == JsonValueKind.Null))
            writer.WriteNullValue();
        writer.WriteEndArray();
    }

    private void WriteObject(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        var properties = Writable(schema);
        if (properties.Count > 0)
        {
            writer.WriteStartObject("properties");
            foreach (var (name, property) in properties)
            {
                writer.WritePropertyName(name);
                Write(writer, property, null);
            }
            writer.WriteEndObject();
        }
        if (schema.Required is { Count: > 0 } required && required.Where(r => schema.Properties?.ContainsKey(r) != true || properties.ContainsKey(r)).ToList() is { Count: > 0 } needed)
        {
            writer.WriteStartArray("required");
            foreach (var name in needed)
                writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
        if (schema.AdditionalProperties is { } additional)
        {
            writer.WritePropertyName("additionalProperties");
            Write(writer, additional, null);
        }
        else if (!schema.AdditionalPropertiesAllowed && above.Count == 1)
        {
            // Only where nothing else adds properties: many documents close the parts of what they put together.
            writer.WriteBoolean("additionalProperties", schema.AllOf is { Count: > 0 });
        }
    }

    /// <summary>The properties that a client may send.</summary>
    public static Dictionary<string, IOpenApiSchema> Writable(IOpenApiSchema schema) =>
        (schema.Properties ?? new Dictionary<string, IOpenApiSchema>()).Where(p => Resolve(p.Value)?.ReadOnly != true).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);

    private void List(Utf8JsonWriter writer, string keyword, IList<IOpenApiSchema>? schemas)
    {
        if (schemas is not { Count: > 0 })
            return;
        writer.WriteStartArray(keyword);
        foreach (var schema in schemas)
            Write(writer, schema, null);
        writer.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter writer, string keyword, string? text)
    {
        if (!string.IsNullOrWhiteSpace(text))
            writer.WriteString(keyword, text.Length <= MaxText ? text : text[..(MaxText - 1)] + "…");
    }

    private static void Number(Utf8JsonWriter writer, string keyword, string? number)
    {
        if (number is not null && JsonNumber().IsMatch(number))
        {
            writer.WritePropertyName(keyword);
            writer.WriteRawValue(number);
        }
    }

    private static void Count(Utf8JsonWriter writer, string keyword, int? count)
    {
        if (count is >= 0 and var some)
            writer.WriteNumber(keyword, some);
    }

    private static void Value(Utf8JsonWriter writer, JsonNode? value)
    {
        if (value is null)
            writer.WriteNullValue();
        else
            value.WriteTo(writer);
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?\z")]
    private static partial Regex JsonNumber();
}
