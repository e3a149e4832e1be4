using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Workflows.Json;

namespace Sos.Executors.Models.Content;

/// <summary>
/// Writes messages as OpenTelemetry's conventions want them: <c>[{"role", "parts": [{"type", …}]}]</c>
/// (gen-ai-input-messages.json, gen-ai-output-messages.json). Redacted, and cut part by part so that it stays JSON: where
/// there is too much, the latest messages keep theirs.
/// </summary>
internal sealed class MessageJson(Redactor redactor, int maxLength)
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private int left = maxLength;

    /// <summary>What was asked, without the system messages.</summary>
    public static string Input(IReadOnlyList<ChatMessage> messages, Redactor redactor, int maxLength) =>
        new MessageJson(redactor, maxLength).Write([.. messages.Where(m => m.Role != ChatRole.System)], finishReason: null);

    /// <summary>What was asked, system messages and instructions included.</summary>
    public static string Prompt(IReadOnlyList<ChatMessage> messages, string? instructions, Redactor redactor, int maxLength) =>
        new MessageJson(redactor, maxLength).Write(instructions is null ? messages : [new ChatMessage(ChatRole.System, instructions), .. messages], finishReason: null);

    /// <summary>What was answered.</summary>
    public static string Output(ChatResponse response, string? finishReason, Redactor redactor, int maxLength) =>
        new MessageJson(redactor, maxLength).Write([.. response.Messages], finishReason ?? "");

    /// <summary>The system messages and instructions: a list of parts; null where there are none.</summary>
    public static string? System(IReadOnlyList<ChatMessage> messages, string? instructions, Redactor redactor, int maxLength)
    {
        var texts = messages.Where(m => m.Role == ChatRole.System).Select(m => m.Text).Append(instructions).OfType<string>().Where(t => t.Length > 0).ToArray();
        if (texts.Length == 0)
            return null;
        var json = new MessageJson(redactor, maxLength);
        return Text(writer =>
        {
            writer.WriteStartArray();
            foreach (var text in texts)
                json.WritePart(new TextContent(text), writer);
            writer.WriteEndArray();
        });
    }

    private string Write(IReadOnlyList<ChatMessage> messages, string? finishReason)
    {
        // From the last to the first, so that what is cut is what is oldest.
        var written = new string[messages.Count];
        for (var i = messages.Count - 1; i >= 0; i--)
            written[i] = Text(writer => WriteMessage(messages[i], finishReason, writer));
        return $"[{string.Join(',', written)}]";
    }

    private void WriteMessage(ChatMessage message, string? finishReason, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("role", message.Role.Value);
        writer.WriteStartArray("parts");
        foreach (var content in message.Contents)
            WritePart(content, writer);
        writer.WriteEndArray();
        if (finishReason is not null)
            writer.WriteString("finish_reason", finishReason);
        writer.WriteEndObject();
    }

    private void WritePart(AIContent content, Utf8JsonWriter writer)
    {
        switch (content)
        {
            case UsageContent:
                return;
            case TextContent text:
                Part("text");
                writer.WriteString("content", Take(text.Text));
                break;
            case TextReasoningContent reasoning:
                Part("reasoning");
                writer.WriteString("content", Take(reasoning.Text));
                break;
            case FunctionCallContent call:
                Part("tool_call");
                writer.WriteString("id", call.CallId);
                writer.WriteString("name", call.Name);
                WriteValue("arguments", call.Arguments is null ? null : JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions), writer);
                break;
            case FunctionResultContent result:
                Part("tool_call_response");
                writer.WriteString("id", result.CallId);
                WriteValue("response", result.Result is string plain ? plain : JsonSerializer.Serialize(result.Result, AIJsonUtilities.DefaultOptions), writer);
                break;
            case UriContent uri:
                Part("uri");
                writer.WriteString("mime_type", uri.MediaType);
                writer.WriteString("uri", Take(uri.Uri.ToString()));
                break;
            case DataContent data:
                // Its bytes are of no use to a reader and would be all there is room for.
                Part("blob_omitted");
                writer.WriteString("mime_type", data.MediaType);
                writer.WriteNumber("bytes", data.Data.Length);
                break;
            default:
                Part("other");
                writer.WriteString("kind", content.GetType().Name);
                break;
        }
        writer.WriteEndObject();

        void Part(string type)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
        }
    }

    // As JSON where it is and fits, otherwise as text.
    private void WriteValue(string name, string? text, Utf8JsonWriter writer)
    {
        if (text is null)
        {
            writer.WriteNull(name);
            return;
        }
        var taken = Take(text);
        writer.WritePropertyName(name);
        try
        {
            using var json = JsonDocument.Parse(taken);
            json.RootElement.WriteTo(writer);
        }
        catch (JsonException)
        {
            writer.WriteStringValue(taken);
        }
    }

    private string Take(string? text)
    {
        var taken = left <= 0 && text?.Length > 0 ? "…" : redactor.Shorten(StorableJson.Clean(text ?? ""), Math.Max(left, 1));
        left -= taken.Length;
        return taken;
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
