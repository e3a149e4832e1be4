using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Json;

namespace Sos.Workflows.Connectors;

/// <summary>Reads a connector's manifest: YAML or JSON, checked as a whole.</summary>
public static class ManifestReader
{
    /// <summary>The longest manifest, in characters.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    private static readonly Lazy<JsonSchema> Schema = new(() =>
    {
        using var stream = typeof(ManifestReader).Assembly.GetManifestResourceStream("connector.schema.json")!;
        using var reader = new StreamReader(stream);
        return JsonSchema.FromText(reader.ReadToEnd());
    });

    // What of a parameter is not its JSON schema.
    private static readonly HashSet<string> OwnWords = ["in", "as", "list", "required", "schema"];

    /// <summary>Reads a text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="problems">Everything that is wrong, with JSON pointers.</param>
    /// <returns>The manifest; null where something is wrong.</returns>
    public static ConnectorManifest? Read(string text, out IReadOnlyList<JsonProblem> problems)
    {
        if (text.Length > MaxLength)
        {
            problems = [new("", JsonProblemCodes.TooLarge, $"The manifest has {text.Length:N0} characters; at most {MaxLength:N0} are read.")];
            return null;
        }
        try
        {
            return Read(YamlText.ToJson(text), out problems);
        }
        catch (FormatException e)
        {
            problems = [new("", "invalid_yaml", "The manifest is neither YAML nor JSON. " + e.Message)];
            return null;
        }
    }

    /// <inheritdoc cref="Read(string, out IReadOnlyList{JsonProblem})"/>
    public static ConnectorManifest? Read(JsonElement document, out IReadOnlyList<JsonProblem> problems)
    {
        problems = StorableJson.Check(document);
        if (problems.Count == 0)
            problems = Schema.Value.Evaluate(document).Errors;
        if (problems.Count > 0)
            return null;
        ConnectorManifest manifest;
        try
        {
            manifest = Gathered(document).Deserialize(ConnectorJson.Default.ConnectorManifest)!;
        }
        catch (JsonException e)
        {
            problems = [new("", "invalid_manifest", $"The manifest can't be read at {e.Path}: {e.Message}")];
            return null;
        }
        problems = [.. ManifestCheck.Of(manifest), .. ManifestCheck.OfSchemas(manifest)];
        return problems.Count == 0 ? manifest : null;
    }

    /// <summary>The document with the schema of each parameter in one place.</summary>
    private static JsonElement Gathered(JsonElement document)
    {
        var root = JsonObject.Create(document)!;
        root.Remove("$schema");
        foreach (var (_, action) in root["actions"] as JsonObject ?? [])
        {
            if (action!["parameters"] is not JsonObject parameters)
                continue;
            foreach (var name in parameters.Select(p => p.Key).ToList())
                parameters[name] = Gathered((JsonObject)parameters[name]!);
        }
        return JsonSerializer.SerializeToElement(root, ConnectorJson.Default.JsonObject);
    }

    private static JsonObject Gathered(JsonObject parameter)
    {
        var schema = parameter["schema"] is JsonObject whole ? (JsonObject)whole.DeepClone() : [];
        var gathered = new JsonObject();
        foreach (var (word, value) in parameter)
        {
            // A list of required members belongs to the schema of an object.
            if (!OwnWords.Contains(word) || (word == "required" && value is JsonArray))
                schema[word] = value?.DeepClone();
            else if (word != "schema")
                gathered[word] = value?.DeepClone();
        }
        gathered["schema"] = schema;
        return gathered;
    }
}
