using System.Text.Json;
using Microsoft.OpenApi;
using JsonPointer = Sos.Workflows.Json.JsonPointer;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>An operation's body: what it is and the parameters that make it.</summary>
/// <param name="Encoding">How it is written.</param>
/// <param name="ContentType">Its media type, where it is not the encoding's own.</param>
/// <param name="Parameters">Its members where it is an object that says what they are; otherwise itself.</param>
internal sealed record OperationBody(BodyEncoding Encoding, string? ContentType, IReadOnlyList<KeyValuePair<string, ConnectorParameter>> Parameters)
{
    private const string Whole = "body";
    private const int MaxMembers = 300;

    private static readonly JsonElement File = JsonElement.Parse("""
        {
          "description": "A file: its content in base64, and what it is called.",
          "type": "object",
          "properties": { "base64": { "type": "string" }, "fileName": { "type": "string" }, "contentType": { "type": "string" } },
          "required": ["base64"]
        }
        """);

    /// <summary>Reads what a document says of a body; null where there is none.</summary>
    public static OperationBody? Read(IOpenApiRequestBody? body, SchemaWriter schemas, Action<string, string> warn)
    {
        if (body?.Content is not { Count: > 0 } content)
            return null;
        var (mediaType, described) = content.MinBy(c => Rank(c.Key));
        var essence = mediaType.Split(';')[0].Trim().ToLowerInvariant();
        var encoding = Rank(mediaType) switch { 0 or 1 => BodyEncoding.Json, 2 => BodyEncoding.Form, 3 => BodyEncoding.Multipart, _ => BodyEncoding.Text };
        var schema = SchemaWriter.Resolve(described?.Schema);
        var members = encoding == BodyEncoding.Text ? null : Members(schema, schemas);
        if (members is null && encoding is BodyEncoding.Form or BodyEncoding.Multipart)
            warn("form_unknown", "The document does not say which fields the form has; give them as an object.");
        if (encoding == BodyEncoding.Text && !IsText(essence))
            warn("binary_body", $"The body is of the type {essence}, and is sent as text in UTF-8: a file of another kind can't be sent.");
        var contentType = encoding switch
        {
            BodyEncoding.Json when essence is "application/json" or "*/*" => null,
            BodyEncoding.Form or BodyEncoding.Multipart => null,
            _ => mediaType.Contains('*', StringComparison.Ordinal) || mediaType.Length > 200 ? null : mediaType,
        };
        return new OperationBody(encoding, contentType, members is null
            ? [new(Whole, new ConnectorParameter
            {
                Schema = encoding == BodyEncoding.Text ? Text(body.Description, essence) : schemas.Write(described?.Schema, body.Description),
                Required = body.Required,
                In = ParameterPlace.WholeBody,
            })]
            : [.. members.Select(m => new KeyValuePair<string, ConnectorParameter>(m.Key, new ConnectorParameter
            {
                Schema = encoding == BodyEncoding.Multipart && IsFile(m.Value.Schema) ? File : schemas.Write(m.Value.Schema, OperationReader.WithDefault(null, m.Value.Schema)),
                Required = body.Required && m.Value.IsRequired,
                In = ParameterPlace.Body,
                // A name that begins with '/' would be read as a pointer.
                As = m.Key.StartsWith('/') ? JsonPointer.Append("", m.Key) : null,
            }))]);
    }

    // What SOS would rather send comes first.
    private static int Rank(string mediaType)
    {
        var essence = mediaType.Split(';')[0].Trim().ToLowerInvariant();
        return essence switch
        {
            "application/json" or "*/*" => 0,
            _ when essence.EndsWith("+json", StringComparison.Ordinal) || essence.EndsWith("/json", StringComparison.Ordinal) => 1,
            "application/x-www-form-urlencoded" => 2,
            "multipart/form-data" => 3,
            _ when essence.StartsWith("text/", StringComparison.Ordinal) => 4,
            _ => 5,
        };
    }

    private static bool IsText(string essence) =>
        essence.StartsWith("text/", StringComparison.Ordinal) || essence.EndsWith("xml", StringComparison.Ordinal) || essence.EndsWith("yaml", StringComparison.Ordinal);

    private static JsonElement Text(string? description, string mediaType) => JsonSerializer.SerializeToElement(
        new System.Text.Json.Nodes.JsonObject { ["type"] = "string", ["description"] = string.IsNullOrWhiteSpace(description) ? $"The body, as text of the type {mediaType}." : description },
        ConnectorJson.Default.JsonObject);

    /// <summary>The members of an object that is all that the body can be; null for any other.</summary>
    private static Dictionary<string, (IOpenApiSchema Schema, bool IsRequired)>? Members(IOpenApiSchema? schema, SchemaWriter schemas)
    {
        var members = new Dictionary<string, (IOpenApiSchema, bool)>(StringComparer.Ordinal);
        return Gather(schema, members, new HashSet<IOpenApiSchema>(ReferenceEqualityComparer.Instance), schemas, depth: 0) && members.Count is > 0 and <= MaxMembers && members.Keys.All(n => n.Length is > 0 and <= 200) ? members : null;
    }

    // What was gathered once is there: parts may share parts, which would be exponentially many on all ways to them.
    private static bool Gather(
        IOpenApiSchema? schema, Dictionary<string, (IOpenApiSchema, bool)> members, HashSet<IOpenApiSchema> gathered, SchemaWriter schemas, int depth)
    {
        if (schema is not null && !gathered.Add(schema))
            return true;
        if (schema is null || !schemas.TryVisit() || depth > 5 || schema.OneOf is { Count: > 0 } || schema.AnyOf is { Count: > 0 } || schema.AdditionalProperties is not null
            || schema.Type is { } type && !type.HasFlag(JsonSchemaType.Object))
        {
            return false;
        }
        foreach (var part in schema.AllOf ?? [])
        {
            if (!Gather(SchemaWriter.Resolve(part), members, gathered, schemas, depth + 1))
                return false;
        }
        foreach (var (name, property) in SchemaWriter.Writable(schema))
        {
            if (members.Count > MaxMembers)
                return false;
            members[name] = (property, members.TryGetValue(name, out var known) && known.Item2);
        }
        foreach (var (name, (property, _)) in schema.Required is { Count: > 0 } required ? members.Where(m => required.Contains(m.Key)).ToList() : [])
            members[name] = (property, true);
        return true;
    }

    private static bool IsFile(IOpenApiSchema schema) => SchemaWriter.Resolve(schema) is { } resolved
        && (resolved.Format is "binary" or "byte" or "base64" || resolved is OpenApiSchema { UnrecognizedKeywords: { } more } && more.ContainsKey("contentMediaType"));
}
