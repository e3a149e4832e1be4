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
/// One writer writes the schemas of one operation, whose bounds it keeps.
/// </summary>
/// <param name="maxBytes">How many bytes all schemas may take.</param>
/// <param name="cancellationToken">Gives up.</param>
internal sealed partial class SchemaWriter(int maxBytes, CancellationToken cancellationToken)
{
    // Schemas, properties, required names and enum values.
    private const int MaxVisits = 2_000;
    private const int MaxDepth = 10;
    private const int MaxText = 1_000;
    private const int MaxEnum = 500;
    private const int MaxValue = 1_000;

    private static readonly (JsonSchemaType Flag, string Name)[] Types =
    [
        (JsonSchemaType.String, "string"), (JsonSchemaType.Integer, "integer"), (JsonSchemaType.Number, "number"), (JsonSchemaType.Boolean, "boolean"),
        (JsonSchemaType.Array, "array"), (JsonSchemaType.Object, "object"), (JsonSchemaType.Null, "null"),
    ];

    private readonly List<IOpenApiSchema> above = [];
    private int left = MaxVisits;

    /// <summary>How many bytes have been written.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Counts a visit of a schema.</summary>
    /// <returns>Whether there may be one.</returns>
    public bool TryVisit()
    {
        cancellationToken.ThrowIfCancellationRequested();
        return left > 0 && left-- > 0;
    }

    /// <summary>Writes a schema.</summary>
    /// <param name="schema">The schema; null for anything.</param>
    /// <param name="description">What is said of it, in place of its own description; null for that.</param>
    /// <exception cref="NotSupportedException">It takes more bytes than are left.</exception>
    public JsonElement Write(IOpenApiSchema? schema, string? description = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        try
        {
            Write(writer, schema, description);
            writer.Flush();
            return JsonElement.Parse(buffer.WrittenSpan);
        }
        finally
        {
            BytesWritten += writer.BytesCommitted + writer.BytesPending;
        }
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
        Bound(writer);
        writer.WriteStartObject();
        Text(writer, "description", description ?? given?.Description ?? schema?.Description);
        if (schema is not null && above.Count < MaxDepth && !above.Contains(schema) && TryVisit())
        {
            above.Add(schema);
            WriteKeywords(writer, schema);
            above.RemoveAt(above.Count - 1);
        }
        writer.WriteEndObject();
    }

    private void Bound(Utf8JsonWriter writer)
    {
        if (BytesWritten + writer.BytesCommitted + writer.BytesPending > maxBytes)
            throw new NotSupportedException($"what it takes is described in more than {maxBytes / 1024} KiB");
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

    // A long value says nothing to whoever reads the schema; and a list without it would refuse what the service takes.
    private void WriteEnum(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        if (schema.Const is { Length: <= MaxValue } constant)
            writer.WriteString("const", constant);
        if (schema.Enum is not { Count: > 0 and <= MaxEnum } values || values.Count > left || !values.All(v => JsonLength.IsWithin(v, MaxValue)))
            return;
        left -= values.Count;
        writer.WriteStartArray("enum");
        foreach (var value in values.DistinctBy(v => v?.ToJsonString() ?? "null"))
        {
            Value(writer, value);
            Bound(writer);
        }
        // OpenAPI 3.0's nullable adds null to what the list says.
        if (schema.Type?.HasFlag(JsonSchemaType.Null) == true && !values.Any(v => v is null || v.GetValueKind() == JsonValueKind.Null))
            writer.WriteNullValue();
        writer.WriteEndArray();
    }

    private void WriteObject(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        var isWhole = WriteProperties(writer, schema);
        WriteRequired(writer, schema);
        if (schema.AdditionalProperties is { } additional)
        {
            writer.WritePropertyName("additionalProperties");
            Write(writer, additional, null);
        }
        else if (!schema.AdditionalPropertiesAllowed && above.Count == 1 && isWhole)
        {
            // Only where nothing else adds properties: many documents close the parts of what they put together.
            writer.WriteBoolean("additionalProperties", schema.AllOf is { Count: > 0 });
        }
    }

    /// <returns>Whether all are written.</returns>
    private bool WriteProperties(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        var isOpen = false;
        foreach (var (name, property) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (!TryVisit())
            {
                if (isOpen)
                    writer.WriteEndObject();
                return false;
            }
            if (!IsWritable(property))
                continue;
            if (name.Length > maxBytes)
                throw new NotSupportedException("one of its properties has a name that is too long");
            if (!isOpen)
                writer.WriteStartObject("properties");
            isOpen = true;
            writer.WritePropertyName(name);
            Write(writer, property, null);
        }
        if (isOpen)
            writer.WriteEndObject();
        return true;
    }

    private void WriteRequired(Utf8JsonWriter writer, IOpenApiSchema schema)
    {
        var isOpen = false;
        foreach (var name in schema.Required ?? new HashSet<string>())
        {
            if (!TryVisit())
                break;
            if (name.Length > MaxValue || (schema.Properties is { } properties && properties.TryGetValue(name, out var property) && !IsWritable(property)))
                continue;
            if (!isOpen)
                writer.WriteStartArray("required");
            isOpen = true;
            writer.WriteStringValue(name);
            Bound(writer);
        }
        if (isOpen)
            writer.WriteEndArray();
    }

    /// <summary>The properties that a client may send, read as far as they are asked for.</summary>
    public static IEnumerable<KeyValuePair<string, IOpenApiSchema>> Writable(IOpenApiSchema schema) =>
        (schema.Properties ?? new Dictionary<string, IOpenApiSchema>()).Where(p => IsWritable(p.Value));

    private static bool IsWritable(IOpenApiSchema property) => Resolve(property)?.ReadOnly != true;

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
        if (text is not null && !text.AsSpan(0, Math.Min(text.Length, MaxText)).IsWhiteSpace())
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
