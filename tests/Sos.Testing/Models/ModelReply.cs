using System.Text.Json;

namespace Sos.Testing.Models;

/// <summary>What the scripted model server answers to one request.</summary>
public sealed record ModelReply
{
    /// <summary>The answer's text; null for none.</summary>
    public string? Text { get; init; }

    /// <summary>Tools that the model wants called.</summary>
    public IReadOnlyList<ModelToolCall> ToolCalls { get; init; } = [];

    /// <summary>The vectors of an embedding; null to make some up, of three dimensions.</summary>
    public IReadOnlyList<float[]>? Vectors { get; init; }

    /// <summary>The usage that is reported; null reports none.</summary>
    public ModelUsage? Usage { get; init; } = new(10, 5);

    /// <summary>Why the model stopped, in OpenAI's words; null for <c>tool_calls</c> or <c>stop</c>.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The model that is named in the answer; null for the one that was asked.</summary>
    public string? Model { get; init; }

    /// <summary>The status; anything but 200 answers with <see cref="ErrorMessage"/> in the protocol's shape.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The message of an error.</summary>
    public string ErrorMessage { get; init; } = "The scripted server refuses.";

    /// <summary>The code or type of an error; null for a usual one.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>More headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Sent instead of anything sensible, with status 200.</summary>
    public string? RawBody { get; init; }

    /// <summary>Waited for before the answer; a client that leaves meanwhile is counted in <see cref="ModelServer.Left"/>.</summary>
    public Task? Until { get; init; }

    /// <summary>Whether <see cref="Until"/> is waited for after the first piece of the body rather than before the headers.</summary>
    public bool UntilAfterFirstPiece { get; init; }

    /// <summary>Cuts the connection after so many pieces of the body; null for a whole answer.</summary>
    public int? CutAfter { get; init; }

    /// <summary>An answer of text.</summary>
    public static ModelReply Say(string text, ModelUsage? usage = null) => new() { Text = text, Usage = usage ?? new(10, 5) };

    /// <summary>An answer of JSON.</summary>
    public static ModelReply Json(object value, ModelUsage? usage = null) => Say(JsonSerializer.Serialize(value), usage);

    /// <summary>An answer that asks for tools.</summary>
    public static ModelReply Call(params ModelToolCall[] calls) => new() { ToolCalls = calls };

    /// <summary>An answer that asks for one tool.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="arguments">An object for its arguments.</param>
    public static ModelReply Call(string tool, object arguments) => Call(new ModelToolCall(tool, JsonSerializer.Serialize(arguments)));

    /// <summary>A refusal.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="message">What it says.</param>
    /// <param name="retryAfter">The header <c>Retry-After</c>: seconds or a date.</param>
    /// <param name="retryAfterMs">The header <c>retry-after-ms</c>.</param>
    /// <param name="code">The error's code.</param>
    public static ModelReply Refuse(int status, string? message = null, string? retryAfter = null, string? retryAfterMs = null, string? code = null)
    {
        var headers = new Dictionary<string, string>();
        if (retryAfter is not null)
            headers["Retry-After"] = retryAfter;
        if (retryAfterMs is not null)
            headers["retry-after-ms"] = retryAfterMs;
        var reply = new ModelReply { Status = status, Headers = headers, ErrorCode = code };
        return message is null ? reply : reply with { ErrorMessage = message };
    }

    /// <summary>A body that is no answer.</summary>
    public static ModelReply Malformed(string body = "{\"id\": \"x\", \"choices\": [") => new() { RawBody = body };
}

/// <summary>A tool that a scripted model wants called.</summary>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">Its arguments as JSON text, sent as they are, so that they may be malformed.</param>
/// <param name="Id">The call's id; made up where there is none.</param>
public sealed record ModelToolCall(string Name, string Arguments, string? Id = null);

/// <summary>Tokens as OpenTelemetry counts them: what was cached or written to a cache is part of the input, reasoning part of the output.</summary>
public sealed record ModelUsage(int Input, int Output, int Cached = 0, int Reasoning = 0, int CacheWrite = 0);
