using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Sos.Executors.Models;

/// <summary>What a provider does by itself to make a model answer in JSON.</summary>
[Flags]
internal enum StructuredOutput
{
    /// <summary>Nothing: the model is told in words.</summary>
    None = 0,

    /// <summary>It makes the answer some JSON object.</summary>
    JsonObject = 1,

    /// <summary>It makes the answer satisfy a schema whose root is an object with properties.</summary>
    Schema = 2,

    /// <summary>It takes whatever schema there is.</summary>
    AnySchema = 4 | Schema | JsonObject,
}

/// <summary>Asks for an answer in JSON the way a provider can, and reads it.</summary>
internal static class JsonAnswer
{
    private const string Fence = "```";

    /// <summary>Reads <see cref="StructuredOutput"/> as connections set it: <c>schema</c>, <c>json</c> or <c>none</c>.</summary>
    public static StructuredOutput Read(string? setting, StructuredOutput otherwise) => setting?.ToLowerInvariant() switch
    {
        "schema" => StructuredOutput.Schema | StructuredOutput.JsonObject,
        "json" => StructuredOutput.JsonObject,
        "none" => StructuredOutput.None,
        _ => otherwise,
    };

    /// <summary>
    /// Options that ask for what <see cref="ChatOptions.ResponseFormat"/> says: left to the provider where it can do it,
    /// otherwise as an instruction to the model.
    /// </summary>
    public static ChatOptions Apply(ChatOptions options, StructuredOutput can)
    {
        if (options.ResponseFormat is not ChatResponseFormatJson format)
            return options;
        if (format.Schema is { } schema)
        {
            if (can == StructuredOutput.AnySchema || (can.HasFlag(StructuredOutput.Schema) && IsObjectWithProperties(schema)))
                return options;
        }
        else if (can == StructuredOutput.AnySchema)
        {
            return options;
        }
        options = options.Clone();
        // OpenAI refuses its JSON mode unless the messages speak of JSON, so it is said in words as well.
        options.ResponseFormat = can.HasFlag(StructuredOutput.JsonObject) && MayBeObject(format.Schema) ? ChatResponseFormat.Json : null;
        var instruction = Instruction(format.Schema);
        options.Instructions = string.IsNullOrWhiteSpace(options.Instructions) ? instruction : $"{options.Instructions}\n\n{instruction}";
        return options;
    }

    /// <summary>Reads an answer as JSON; a code fence around it is passed over.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="json">The JSON.</param>
    /// <param name="problem">Why it is none: a sentence.</param>
    public static bool TryRead(string text, out JsonElement json, out string? problem)
    {
        try
        {
            json = JsonElement.Parse(WithoutFence(text.Trim()));
            problem = null;
            return true;
        }
        catch (JsonException e)
        {
            json = default;
            problem = text.Length == 0 ? "The answer is empty." : $"The answer is not JSON: {e.Message}";
            return false;
        }
    }

    private static string Instruction(JsonElement? schema)
    {
        const string Words = "Answer with JSON only: no text before or after it, and no code fence.";
        return schema is { } s ? $"{Words} It must satisfy this JSON schema:\n{s.GetRawText()}" : Words;
    }

    private static bool IsObjectWithProperties(JsonElement schema) =>
        IsOfType(schema, "object") && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object;

    private static bool MayBeObject(JsonElement? schema) => schema is not { } s || IsOfType(s, "object");

    private static bool IsOfType(JsonElement schema, string type) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String && t.ValueEquals(type);

    private static string WithoutFence(string text)
    {
        if (!text.StartsWith(Fence, StringComparison.Ordinal) || !text.EndsWith(Fence, StringComparison.Ordinal) || text.Length < 2 * Fence.Length)
            return text;
        var start = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        return start > 0 && start <= text.Length - Fence.Length ? text[start..^Fence.Length] : text;
    }
}
