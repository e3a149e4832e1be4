using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Sos.Executors.Models.Providers.Demo;

/// <summary>
/// Answers without a model: calls each tool that is offered once, one after the other, with arguments made from its
/// schema and the user's words; then answers from what the tools gave, from the sources it was given, or repeats what it
/// was asked.
/// </summary>
internal sealed class DemoChatClient(string model) : IChatClient
{
    /// <summary>What every answer in words begins with.</summary>
    public const string Label = "[demo model]";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const int CharactersPerToken = 4;
    private const int MaxEcho = 300;
    private const int MaxResult = 600;

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Answer([.. messages], options));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var whole = await GetResponseAsync(messages, options, cancellationToken);
        foreach (var update in whole.ToChatResponseUpdates())
        {
            var contents = update.Contents.SelectMany(c => c is TextContent text ? Words(text.Text) : [c]).ToArray();
            for (var i = 0; i < contents.Length - 1; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new ChatResponseUpdate(update.Role, [contents[i]]) { ResponseId = update.ResponseId, MessageId = update.MessageId, ModelId = update.ModelId };
            }
            update.Contents = contents.Length == 0 ? [] : [contents[^1]];
            yield return update;
        }

        static IEnumerable<AIContent> Words(string text)
        {
            var start = 0;
            while (start < text.Length)
            {
                var space = text.IndexOf(' ', start);
                var end = space < 0 ? text.Length : space + 1;
                yield return new TextContent(text[start..end]);
                start = end;
            }
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private ChatResponse Answer(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        // What the user said last, and what has been done since.
        var last = messages.Count - 1;
        while (last >= 0 && messages[last].Role != ChatRole.User)
            last--;
        var asked = last < 0 ? "" : messages[last].Text;
        var since = messages.Skip(last + 1).SelectMany(m => m.Contents).ToArray();
        var called = since.OfType<FunctionCallContent>().ToArray();

        var contents = new List<AIContent>();
        var finish = ChatFinishReason.Stop;
        if (NextTool(options, called) is { } tool)
        {
            var arguments = new DemoValues(tool.JsonSchema, asked, called.Length).Create() as JsonObject ?? [];
            contents.Add(new FunctionCallContent(
                $"demo_{called.Length + 1}_{Fingerprint(tool.Name + asked)}",
                tool.Name,
                arguments.ToDictionary(a => a.Key, a => (object?)JsonSerializer.SerializeToElement(a.Value, AIJsonUtilities.DefaultOptions))));
            finish = ChatFinishReason.ToolCalls;
        }
        else
        {
            var text = options?.ResponseFormat is ChatResponseFormatJson format ? Json(format, asked) : Words(asked, called, since);
            if (options?.MaxOutputTokens is { } most && Tokens(text) > most)
                (text, finish) = (text[..Math.Min(text.Length, most * CharactersPerToken)], ChatFinishReason.Length);
            contents.Add(new TextContent(text));
        }
        var input = messages.Sum(m => m.Contents.Sum(c => Tokens(TextOf(c)))) + Tokens(options?.Instructions);
        var output = contents.Sum(c => Tokens(TextOf(c)));
        var id = $"demo-{Fingerprint($"{messages.Count}\n{asked}\n{called.Length}")}";
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents) { MessageId = id })
        {
            ResponseId = id,
            ModelId = model,
            FinishReason = finish,
            Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output },
        };
    }

    private static AIFunctionDeclaration? NextTool(ChatOptions? options, FunctionCallContent[] called)
    {
        if (options?.ToolMode is NoneChatToolMode || options?.Tools is not { Count: > 0 } tools)
            return null;
        var left = tools.OfType<AIFunctionDeclaration>().Where(t => !Array.Exists(called, c => c.Name == t.Name));
        return options.ToolMode is RequiredChatToolMode { RequiredFunctionName: { } name } ? left.FirstOrDefault(t => t.Name == name) : left.FirstOrDefault();
    }

    private static string Words(string asked, FunctionCallContent[] called, AIContent[] since)
    {
        if (called.Length == 0 && DemoReading.Answer(asked) is { } read)
            return $"{Label} {read}";
        if (called.Length == 0)
            return $"{Label} No real model was asked. You said: {Short(asked, MaxEcho)}";
        var text = new StringBuilder($"{Label} No real model was asked. You said: {Short(asked, MaxEcho)}");
        foreach (var result in since.OfType<FunctionResultContent>())
        {
            var name = Array.Find(called, c => c.CallId == result.CallId)?.Name ?? result.CallId;
            text.Append($"\n{name}: {Short(TextOf(result), MaxResult)}");
        }
        return text.ToString();
    }

    private static string Json(ChatResponseFormatJson format, string asked)
    {
        var value = format.Schema is { } schema
            ? new DemoValues(schema, asked, 0).Create()
            : new JsonObject { ["demo"] = true, ["text"] = Short(asked, MaxEcho) };
        return value is null ? "null" : value.ToJsonString(Plain);
    }

    private static string TextOf(AIContent content) => content switch
    {
        TextContent text => text.Text,
        FunctionCallContent call => call.Name + JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions),
        FunctionResultContent { Result: string text } => text,
        FunctionResultContent result => JsonSerializer.Serialize(result.Result, AIJsonUtilities.DefaultOptions),
        _ => "",
    };

    private static string Short(string text, int length) => text.Length <= length ? text : text[..length].TrimEnd() + "…";

    private static int Tokens(string? text) => ((text?.Length ?? 0) + CharactersPerToken - 1) / CharactersPerToken;

    private static string Fingerprint(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 4);
}
