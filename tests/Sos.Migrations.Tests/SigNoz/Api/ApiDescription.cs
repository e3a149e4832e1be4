using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Migrations.Tests.SigNoz.Api;

/// <summary>SigNoz's own description of its API, as far as it is spoken here: what requests and answers must look like.</summary>
internal static class ApiDescription
{
    private static readonly JsonObject Document = Load();

    /// <summary>An operation by its method and path.</summary>
    /// <returns>The operation, and the id in the path; null where the API has no such operation.</returns>
    public static (JsonObject Operation, string? Id)? Find(string method, string path)
    {
        foreach (var (template, operations) in Document["paths"]!.AsObject())
        {
            var id = template.EndsWith("/{id}", StringComparison.Ordinal) && path.StartsWith(template[..^4], StringComparison.Ordinal) ? path[(template.Length - 4)..] : null;
            if ((template == path || id is { Length: > 0 } && !id.Contains('/')) && operations![method.ToLowerInvariant()] is JsonObject operation)
                return (operation, id);
        }
        return null;
    }

    /// <summary>What is wrong with a request.</summary>
    public static List<string> CheckRequest(JsonObject operation, IEnumerable<string> queryNames, JsonNode? body)
    {
        var known = (operation["parameters"] as JsonArray ?? []).Where(parameter => (string?)parameter!["in"] == "query").Select(parameter => (string?)parameter!["name"]).ToHashSet();
        // The description of the login's context leaves its parameters out; the web pages send these.
        known.UnionWith(operation["parameters"] is null ? ["email", "ref"] : []);
        var problems = queryNames.Where(name => !known.Contains(name)).Select(name => $"unknown parameter {name}").ToList();
        var schema = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        if (schema is null != body is null)
            problems.Add(schema is null ? "a body where none belongs" : "no body");
        else if (schema is not null)
            problems.AddRange(Check(schema, body, "body"));
        return problems;
    }

    /// <summary>What is wrong with an answer.</summary>
    public static List<string> CheckAnswer(JsonObject operation, int status, JsonNode? body)
    {
        if (operation["responses"]![$"{status}"] is not JsonObject response)
            return [$"the operation never answers {status}"];
        var schema = response["content"]?["application/json"]?["schema"];
        return schema is null ? body is null ? [] : ["an answer with a body where none belongs"] : Check(schema, body, "answer");
    }

    /// <summary>What is wrong with a value that is to have a schema of the description.</summary>
    public static List<string> Check(string schemaName, JsonNode? value) => Check(Schema(schemaName), value, schemaName);

    /// <summary>Adds every member that a value of a schema may have and has not, as a server does that keeps them in typed structures.</summary>
    public static void FillIn(string schemaName, JsonNode? value) => FillIn(Schema(schemaName), value);

    private static JsonObject Schema(string name) => Document["components"]!["schemas"]![name]!.AsObject();

    private static JsonObject Load()
    {
        using var stream = typeof(ApiDescription).Assembly.GetManifestResourceStream("signoz-openapi.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }

    private static JsonObject Resolve(JsonNode schema, JsonNode? value)
    {
        var resolved = schema.AsObject();
        while (true)
        {
            if (resolved["$ref"] is JsonValue reference)
                resolved = Schema(reference.GetValue<string>().Split('/')[^1]);
            else if (resolved["discriminator"] is JsonObject discriminator && Chosen(discriminator, value) is { } chosen)
                resolved = Schema(chosen.Split('/')[^1]);
            else
                return resolved;
        }
    }

    private static string? Chosen(JsonObject discriminator, JsonNode? value) =>
        value is JsonObject members && members[(string)discriminator["propertyName"]!] is JsonValue kind && kind.TryGetValue(out string? name) ? (string?)discriminator["mapping"]?[name] : null;

    private static List<string> Check(JsonNode schema, JsonNode? value, string path)
    {
        var resolved = Resolve(schema, value);
        if (value is null)
            return (bool?)resolved["nullable"] is true || resolved["type"] is null ? [] : [$"{path}: null"];
        if (resolved["discriminator"] is JsonObject discriminator)
            return [$"{path}: unknown {discriminator["propertyName"]}"];
        var problems = new List<string>();
        if (resolved["oneOf"] is JsonArray alternatives && !alternatives.Any(alternative => Fits(alternative!, value)))
            problems.Add($"{path}: none of the alternatives");
        if (resolved["enum"] is JsonArray names && !names.Any(name => JsonNode.DeepEquals(name, value)))
            problems.Add($"{path}: {value.ToJsonString()} is not one of {names.ToJsonString()}");
        if (resolved["type"] is JsonValue type && !HasType((string)type!, value))
            return [.. problems, $"{path}: not of the type {type}"];
        switch (value)
        {
            case JsonObject members:
                CheckMembers(resolved, members, path, problems);
                break;
            case JsonArray items when resolved["items"] is { } each:
                for (var i = 0; i < items.Count; i++)
                    problems.AddRange(Check(each, items[i], $"{path}[{i}]"));
                break;
            case JsonValue scalar:
                if (resolved["minLength"] is JsonValue length && scalar.TryGetValue(out string? text) && text.Length < (int)length)
                    problems.Add($"{path}: too short");
                if (resolved["minimum"] is JsonValue minimum && double.TryParse(scalar.ToJsonString(), CultureInfo.InvariantCulture, out var number) && number < minimum.GetValue<double>())
                    problems.Add($"{path}: below {minimum}");
                break;
        }
        return problems;
    }

    private static void CheckMembers(JsonObject schema, JsonObject members, string path, List<string> problems)
    {
        var known = schema["properties"] as JsonObject;
        foreach (var required in schema["required"] as JsonArray ?? [])
        {
            if (!members.ContainsKey((string)required!))
                problems.Add($"{path}: {required} is missing");
        }
        foreach (var (name, member) in members)
        {
            if ((known?[name] ?? schema["additionalProperties"] as JsonObject) is { } each)
                problems.AddRange(Check(each, member, $"{path}.{name}"));
            else if (known is not null)
                problems.Add($"{path}: unknown member {name}");
        }
    }

    // An alternative that only asks for a member says nothing about the others.
    private static bool Fits(JsonNode alternative, JsonNode value) => alternative is JsonObject { Count: 1 } only && only["required"] is JsonArray required
        ? required.All(name => value is JsonObject members && members.ContainsKey((string)name!))
        : Check(alternative, value, "").Count == 0;

    private static bool HasType(string type, JsonNode value) => (type, value.GetValueKind()) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    private static void FillIn(JsonNode schema, JsonNode? value)
    {
        var resolved = Resolve(schema, value);
        switch (value)
        {
            case JsonObject members:
                foreach (var (name, each) in resolved["properties"] as JsonObject ?? [])
                {
                    if (!members.ContainsKey(name) && Default(Resolve(each!, null)) is { } filled)
                        members[name] = filled;
                    else if (members[name] is { } member)
                        FillIn(each!, member);
                }
                if (resolved["additionalProperties"] is JsonObject further && resolved["properties"] is null)
                {
                    foreach (var (_, member) in members)
                        FillIn(further, member);
                }
                break;
            case JsonArray items when resolved["items"] is { } each:
                foreach (var item in items)
                    FillIn(each, item);
                break;
        }
    }

    private static JsonNode? Default(JsonObject schema) => schema["oneOf"] is not null || schema["minLength"] is not null ? null : (string?)schema["type"] switch
    {
        _ when schema["enum"] is JsonArray names => names[0]!.DeepClone(),
        "string" => "filled in",
        "boolean" => true,
        "integer" or "number" => 7,
        "array" => new JsonArray(),
        _ => null,
    };
}
