using System.Text.Json;

namespace Sos.Testing.Models;

/// <summary>A request that the scripted model server received.</summary>
public sealed record ModelRequest
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The path with its query.</summary>
    public required string Path { get; init; }

    /// <summary>Headers by lower-case name.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>Whether it asks for embeddings rather than an answer.</summary>
    public bool IsEmbedding => Path.Contains("/embeddings", StringComparison.Ordinal);

    /// <summary>Whether it speaks Anthropic's protocol rather than OpenAI's.</summary>
    public bool IsAnthropic => Path.Contains("/messages", StringComparison.Ordinal);

    /// <summary>Whether the answer is to be streamed.</summary>
    public bool IsStreaming => Body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    /// <summary>The model that is asked.</summary>
    public string Model => Body.TryGetProperty("model", out var model) ? model.GetString()! : "";

    /// <summary>How many texts are to be embedded.</summary>
    public int InputCount => Body.TryGetProperty("input", out var input) && input.ValueKind == JsonValueKind.Array ? input.GetArrayLength() : 1;

    /// <summary>The system prompt, wherever the protocol has it.</summary>
    public string SystemText
    {
        get
        {
            if (Body.TryGetProperty("system", out var system))
                return TextOf(system);
            return string.Concat(Messages.Where(m => m.Role == "system").Select(m => m.Text));
        }
    }

    /// <summary>The messages: roles, texts and results of tools, alike in both protocols.</summary>
    public IReadOnlyList<ReceivedMessage> Messages =>
        Body.TryGetProperty("messages", out var messages) ? [.. messages.EnumerateArray().SelectMany(Read)] : [];

    /// <summary>The text of the last message of the user.</summary>
    public string UserText => Messages.LastOrDefault(m => m.Role == "user")?.Text ?? "";

    /// <summary>The results of tools, in their order.</summary>
    public IReadOnlyList<ReceivedMessage> ToolResults => [.. Messages.Where(m => m.Role == "tool")];

    /// <summary>The names of the tools that are offered.</summary>
    public IReadOnlyList<string> ToolNames => Body.TryGetProperty("tools", out var tools)
        ? [.. tools.EnumerateArray().Select(t => (t.TryGetProperty("function", out var function) ? function : t).GetProperty("name").GetString()!)]
        : [];

    private static IEnumerable<ReceivedMessage> Read(JsonElement message)
    {
        var role = message.GetProperty("role").GetString()!;
        var content = message.TryGetProperty("content", out var c) ? c : default;
        if (role == "tool")
            return [new ReceivedMessage("tool", TextOf(content), message.GetProperty("tool_call_id").GetString())];
        if (content.ValueKind != JsonValueKind.Array)
            return [new ReceivedMessage(role, TextOf(content), null)];
        var results = content.EnumerateArray().Where(p => Type(p) == "tool_result")
            .Select(p => new ReceivedMessage("tool", p.TryGetProperty("content", out var result) ? TextOf(result) : "", p.GetProperty("tool_use_id").GetString()))
            .ToArray();
        return results.Length > 0 ? results : [new ReceivedMessage(role, TextOf(content), null)];
    }

    private static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Where(p => Type(p) == "text").Select(p => p.GetProperty("text").GetString())),
        _ => "",
    };

    private static string? Type(JsonElement part) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) ? type.GetString() : null;
}

/// <summary>A message of a request.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Text">Its text.</param>
/// <param name="CallId">For the result of a tool: the call it answers.</param>
public sealed record ReceivedMessage(string Role, string Text, string? CallId);
