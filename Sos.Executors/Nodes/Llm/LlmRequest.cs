using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Models.Content;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Llm;

/// <summary>What an <c>llm</c> config asks of a model.</summary>
internal sealed record LlmRequest(IReadOnlyList<ChatMessage> Messages, ChatOptions Options, JsonSchema? Schema, bool WantsJson)
{
    private const int MaxImages = 20;
    private const int MaxImageBytes = RemoteImages.MaxBytes;

    private static readonly Dictionary<string, string> ImageTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp",
    };

    /// <summary>Reads a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="problem">What is wrong with it: a sentence; null for nothing.</param>
    public static LlmRequest? Create(LlmConfig config, out string? problem)
    {
        var messages = ReadMessages(config, out problem);
        if (messages is null)
            return null;
        JsonSchema? schema = null;
        if (config.Output is { Schema.ValueKind: not JsonValueKind.Undefined } output && !JsonSchema.TryCompile(output.Schema, out schema, out var problems))
        {
            problem = $"output.schema can't be used. At '{problems[0].Pointer}': {problems[0].Message}";
            return null;
        }
        return new LlmRequest(messages, ReadOptions(config), schema, config.Output is not null);
    }

    private static List<ChatMessage>? ReadMessages(LlmConfig config, out string? problem)
    {
        var messages = new List<ChatMessage>();
        if (!string.IsNullOrWhiteSpace(config.System))
            messages.Add(new ChatMessage(ChatRole.System, config.System));
        foreach (var message in config.Messages ?? [])
        {
            messages.Add(new ChatMessage(
                message.Role switch { LlmRole.Assistant => ChatRole.Assistant, LlmRole.System => ChatRole.System, _ => ChatRole.User },
                message.Content ?? ""));
        }
        if (!string.IsNullOrWhiteSpace(config.Prompt))
            messages.Add(new ChatMessage(ChatRole.User, config.Prompt));
        problem = null;
        if (!messages.Exists(m => m.Role == ChatRole.User))
            problem = "there is nothing to answer: prompt is empty, and messages hold nothing that the user said.";
        else if (config.Images is { Count: > MaxImages })
            problem = $"there are {config.Images.Count} images; at most {MaxImages} can be sent.";
        if (problem is not null)
            return null;
        var asked = messages.FindLast(m => m.Role == ChatRole.User)!;
        foreach (var image in config.Images ?? [])
        {
            if (image.ValueKind == JsonValueKind.Null)
                continue;
            if (Image(image, out problem) is not { } content)
                return null;
            asked.Contents.Add(content);
        }
        return messages;
    }

    private static AIContent? Image(JsonElement image, out string? problem)
    {
        const string Expected = "an image is an http or https URL, a data URL, or an object {\"data\": base64, \"mediaType\": \"image/png\"}.";
        problem = Expected;
        if (image.ValueKind == JsonValueKind.Object)
        {
            if (!image.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.String
                || !image.TryGetProperty("mediaType", out var type) || type.ValueKind != JsonValueKind.String)
            {
                return null;
            }
            return Data(data, type.GetString()!, ref problem);
        }
        if (image.ValueKind != JsonValueKind.String || !Uri.TryCreate(image.GetString(), UriKind.Absolute, out var url))
            return null;
        if (url.Scheme == "data")
        {
            return DataUrl(url, ref problem);
        }
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            return null;
        problem = null;
        // Whoever fetches it looks for itself; the SDKs only want to know that it is an image.
        return new UriContent(url, ImageTypes.GetValueOrDefault(Path.GetExtension(url.AbsolutePath), "image/jpeg"));
    }

    private static DataContent? DataUrl(Uri url, ref string? problem)
    {
        try
        {
            var content = new DataContent(url);
            problem = content.HasTopLevelMediaType("image") && content.Data.Length <= MaxImageBytes ? null : $"a data URL holds something other than an image of at most {MaxImageBytes} bytes.";
            return problem is null ? content : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            problem = "the data URL of an image can't be read; it should be data:image/png;base64,… .";
            return null;
        }
    }

    private static DataContent? Data(JsonElement data, string mediaType, ref string? problem)
    {
        if (!mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
            return null;
        if (!data.TryGetBytesFromBase64(out var bytes))
        {
            problem = "the data of an image is not base64.";
            return null;
        }
        problem = bytes.Length <= MaxImageBytes ? null : $"an image has {bytes.Length} bytes; at most {MaxImageBytes} can be sent.";
        return problem is null ? new DataContent(bytes, mediaType) : null;
    }

    private static ChatOptions ReadOptions(LlmConfig config) => new()
    {
        Temperature = config.Temperature,
        TopP = config.TopP,
        TopK = config.TopK,
        MaxOutputTokens = config.MaxTokens,
        FrequencyPenalty = config.FrequencyPenalty,
        PresencePenalty = config.PresencePenalty,
        StopSequences = config.Stop is { Count: > 0 } ? [.. config.Stop] : null,
        Seed = config.Seed,
        Reasoning = config.ReasoningEffort is { } effort ? new ReasoningOptions { Effort = Effort(effort) } : null,
        ResponseFormat = config.Output switch
        {
            null => null,
            { Schema.ValueKind: JsonValueKind.Undefined } => ChatResponseFormat.Json,
            { Schema: var schema } => ChatResponseFormat.ForJsonSchema(schema, "answer"),
        },
    };

    private static ReasoningEffort Effort(LlmEffort effort) => effort switch
    {
        LlmEffort.None => ReasoningEffort.None,
        LlmEffort.Low => ReasoningEffort.Low,
        LlmEffort.Medium => ReasoningEffort.Medium,
        LlmEffort.High => ReasoningEffort.High,
        _ => ReasoningEffort.ExtraHigh,
    };
}
