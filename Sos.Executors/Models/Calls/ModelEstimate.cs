using System.Text;
using Microsoft.Extensions.AI;
using Sos.Workflows.Models;

namespace Sos.Executors.Models.Calls;

/// <summary>
/// How many tokens a call may take, told beforehand from what is sent: rather too many than too few. Three bytes of
/// UTF-8 to a token is fewer than English has (four) and what Chinese has. Of the output only the limit is known;
/// without one, it counts nothing.
/// </summary>
internal static class ModelEstimate
{
    private const int BytesPerToken = 3;
    private const int TokensPerMessage = 8;
    private const int TokensPerImage = 1_600;

    /// <summary>Of a question to a chat model.</summary>
    /// <param name="messages">What is sent.</param>
    /// <param name="options">Its options.</param>
    /// <param name="longestAnswer">The limit that the provider is given where the options have none; null for no limit.</param>
    public static TokenUsage Of(IEnumerable<ChatMessage> messages, ChatOptions? options, int? longestAnswer = null)
    {
        var tokens = Text(options?.Instructions);
        foreach (var content in messages.SelectMany(m => m.Contents.Prepend(null)))
        {
            tokens += content switch
            {
                null => TokensPerMessage,
                TextContent text => Text(text.Text),
                TextReasoningContent reasoning => Text(reasoning.Text) + Text(reasoning.ProtectedData),
                FunctionCallContent call => Text(call.Name) + (call.Arguments?.Sum(a => Text(a.Key) + Text(a.Value?.ToString())) ?? 0),
                FunctionResultContent result => Text(result.Result?.ToString()),
                _ => TokensPerImage,
            };
        }
        foreach (var tool in options?.Tools ?? [])
            tokens += TokensPerMessage + Text(tool.Name) + Text(tool.Description) + (tool is AIFunctionDeclaration f ? Text(f.JsonSchema.GetRawText()) : 0);
        if (options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema })
            tokens += Text(schema.GetRawText());
        return new TokenUsage { InputTokens = tokens, OutputTokens = options?.MaxOutputTokens ?? longestAnswer ?? 0 };
    }

    public static TokenUsage Of(IEnumerable<string> inputs) => new() { InputTokens = inputs.Sum(i => TokensPerMessage + Text(i)) };

    private static long Text(string? text) => text is null ? 0 : (Encoding.UTF8.GetByteCount(text) + BytesPerToken - 1) / BytesPerToken;
}
