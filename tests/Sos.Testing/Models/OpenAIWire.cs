using System.Text.Json.Nodes;

namespace Sos.Testing.Models;

/// <summary>OpenAI's protocol: chat completions and embeddings (platform.openai.com/docs/api-reference).</summary>
internal static class OpenAIWire
{
    public static WireAnswer Write(ModelRequest request, ModelReply reply)
    {
        if (reply.RawBody is { } raw)
            return new(request.IsStreaming ? "text/event-stream" : "application/json", [raw]);
        if (reply.Status != 200)
            return WireAnswer.Json(Error(reply).ToJsonString());
        if (request.IsEmbedding)
            return WireAnswer.Json(Embeddings(request, reply).ToJsonString());
        return request.IsStreaming
            ? new("text/event-stream", [.. Chunks(request, reply).Select(c => $"data: {c.ToJsonString()}\n\n"), "data: [DONE]\n\n"])
            : WireAnswer.Json(Completion(request, reply).ToJsonString());
    }

    private static JsonObject Error(ModelReply reply) => new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = reply.ErrorMessage,
            ["type"] = reply.Status == 429 ? "rate_limit_error" : reply.Status >= 500 ? "server_error" : "invalid_request_error",
            ["param"] = null,
            ["code"] = reply.ErrorCode,
        },
    };

    private static JsonObject Completion(ModelRequest request, ModelReply reply)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = reply.Text, ["refusal"] = null };
        if (reply.ToolCalls.Count > 0)
            message["tool_calls"] = new JsonArray([.. reply.ToolCalls.Select((c, i) => Call(request, c, i))]);
        return new JsonObject
        {
            ["id"] = Id(request),
            ["object"] = "chat.completion",
            ["created"] = 1_763_000_000,
            ["model"] = reply.Model ?? request.Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["logprobs"] = null, ["finish_reason"] = FinishReason(reply) }),
            ["usage"] = Usage(reply.Usage),
        };
    }

    private static IEnumerable<JsonObject> Chunks(ModelRequest request, ModelReply reply)
    {
        yield return Chunk(new JsonObject { ["role"] = "assistant", ["content"] = "" });
        foreach (var piece in WireAnswer.Tokens(reply.Text ?? ""))
            yield return Chunk(new JsonObject { ["content"] = piece });
        for (var i = 0; i < reply.ToolCalls.Count; i++)
        {
            var call = Call(request, reply.ToolCalls[i], i);
            call["index"] = i;
            call["function"]!["arguments"] = "";
            yield return Chunk(new JsonObject { ["tool_calls"] = new JsonArray(call) });
            foreach (var piece in WireAnswer.Tokens(reply.ToolCalls[i].Arguments))
            {
                yield return Chunk(new JsonObject
                {
                    ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = i, ["function"] = new JsonObject { ["arguments"] = piece } }),
                });
            }
        }
        yield return Chunk([], FinishReason(reply));
        if (reply.Usage is not null && request.Body.TryGetProperty("stream_options", out var options) && options.GetProperty("include_usage").GetBoolean())
        {
            var last = Chunk([]);
            last["choices"] = new JsonArray();
            last["usage"] = Usage(reply.Usage);
            yield return last;
        }

        JsonObject Chunk(JsonObject delta, string? finishReason = null) => new()
        {
            ["id"] = Id(request),
            ["object"] = "chat.completion.chunk",
            ["created"] = 1_763_000_000,
            ["model"] = reply.Model ?? request.Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finishReason }),
            ["usage"] = null,
        };
    }

    private static JsonObject Embeddings(ModelRequest request, ModelReply reply)
    {
        var vectors = reply.Vectors ?? [.. Enumerable.Range(0, request.InputCount).Select(i => new[] { i, 0.5f, 0.25f })];
        var base64 = request.Body.TryGetProperty("encoding_format", out var format) && format.GetString() == "base64";
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. vectors.Select((v, i) => new JsonObject
            {
                ["object"] = "embedding",
                ["index"] = i,
                ["embedding"] = base64
                    ? Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes(v.AsSpan()))
                    : new JsonArray([.. v.Select(x => (JsonNode)x)]),
            })]),
            ["model"] = reply.Model ?? request.Model,
            ["usage"] = reply.Usage is { } usage ? new JsonObject { ["prompt_tokens"] = usage.Input, ["total_tokens"] = usage.Input } : null,
        };
    }

    private static JsonObject Call(ModelRequest request, ModelToolCall call, int index) => new()
    {
        ["id"] = call.Id ?? $"call_{request.Number}_{index}",
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
    };

    private static JsonObject? Usage(ModelUsage? usage) => usage is null ? null : new JsonObject
    {
        ["prompt_tokens"] = usage.Input,
        ["completion_tokens"] = usage.Output,
        ["total_tokens"] = usage.Input + usage.Output,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.Cached, ["audio_tokens"] = 0 },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = usage.Reasoning, ["audio_tokens"] = 0 },
    };

    private static string FinishReason(ModelReply reply) => reply.FinishReason ?? (reply.ToolCalls.Count > 0 ? "tool_calls" : "stop");

    private static string Id(ModelRequest request) => $"chatcmpl-{request.Number}";
}
