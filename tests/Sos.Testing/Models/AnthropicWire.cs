using System.Text.Json.Nodes;

namespace Sos.Testing.Models;

/// <summary>Anthropic's protocol: messages (platform.claude.com/docs/en/api/messages).</summary>
internal static class AnthropicWire
{
    public static WireAnswer Write(ModelRequest request, ModelReply reply)
    {
        if (reply.RawBody is { } raw)
            return new(request.IsStreaming ? "text/event-stream" : "application/json", [raw]);
        if (reply.Status != 200)
            return WireAnswer.Json(Error(reply).ToJsonString());
        return request.IsStreaming
            ? new("text/event-stream", [.. Events(request, reply).Select(e => $"event: {e["type"]}\ndata: {e.ToJsonString()}\n\n")])
            : WireAnswer.Json(Message(request, reply).ToJsonString());
    }

    private static JsonObject Error(ModelReply reply) => new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject
        {
            ["type"] = reply.ErrorCode ?? reply.Status switch
            {
                401 => "authentication_error",
                403 => "permission_error",
                404 => "not_found_error",
                429 => "rate_limit_error",
                529 => "overloaded_error",
                >= 500 => "api_error",
                _ => "invalid_request_error",
            },
            ["message"] = reply.ErrorMessage,
        },
        ["request_id"] = "req_test",
    };

    private static JsonObject Message(ModelRequest request, ModelReply reply)
    {
        var message = Start(request, reply);
        message["content"] = new JsonArray([.. Blocks(request, reply, whole: true)]);
        message["stop_reason"] = StopReason(reply);
        message["usage"] = Usage(reply.Usage, reply.Usage?.Output ?? 0);
        return message;
    }

    private static IEnumerable<JsonObject> Events(ModelRequest request, ModelReply reply)
    {
        var start = Start(request, reply);
        start["content"] = new JsonArray();
        start["stop_reason"] = null;
        start["usage"] = Usage(reply.Usage, 1);
        yield return new JsonObject { ["type"] = "message_start", ["message"] = start };
        var index = 0;
        foreach (var block in Blocks(request, reply, whole: false))
        {
            var isText = (string?)block["type"] == "text";
            yield return new JsonObject { ["type"] = "content_block_start", ["index"] = index, ["content_block"] = block };
            foreach (var piece in WireAnswer.Tokens(isText ? reply.Text! : reply.ToolCalls[reply.Text is null ? index : index - 1].Arguments))
            {
                yield return new JsonObject
                {
                    ["type"] = "content_block_delta",
                    ["index"] = index,
                    ["delta"] = isText
                        ? new JsonObject { ["type"] = "text_delta", ["text"] = piece }
                        : new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece },
                };
            }
            yield return new JsonObject { ["type"] = "content_block_stop", ["index"] = index++ };
        }
        yield return new JsonObject
        {
            ["type"] = "message_delta",
            ["delta"] = new JsonObject { ["stop_reason"] = StopReason(reply), ["stop_sequence"] = null },
            ["usage"] = Usage(reply.Usage, reply.Usage?.Output ?? 0),
        };
        yield return new JsonObject { ["type"] = "message_stop" };
    }

    private static JsonObject Start(ModelRequest request, ModelReply reply) => new()
    {
        ["id"] = $"msg_{request.Number}",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = reply.Model ?? request.Model,
        ["stop_sequence"] = null,
    };

    private static IEnumerable<JsonObject> Blocks(ModelRequest request, ModelReply reply, bool whole)
    {
        if (reply.Text is not null)
            yield return new JsonObject { ["type"] = "text", ["text"] = whole ? reply.Text : "", ["citations"] = null };
        for (var i = 0; i < reply.ToolCalls.Count; i++)
        {
            var call = reply.ToolCalls[i];
            yield return new JsonObject
            {
                ["type"] = "tool_use",
                ["id"] = call.Id ?? $"toolu_{request.Number}_{i}",
                ["name"] = call.Name,
                ["input"] = whole ? JsonNode.Parse(call.Arguments) : new JsonObject(),
            };
        }
    }

    // Here, input_tokens is what was neither read from nor written to the cache.
    private static JsonObject? Usage(ModelUsage? usage, int output) => usage is null ? null : new JsonObject
    {
        ["input_tokens"] = usage.Input - usage.Cached - usage.CacheWrite,
        ["cache_creation_input_tokens"] = usage.CacheWrite,
        ["cache_read_input_tokens"] = usage.Cached,
        ["output_tokens"] = output,
        ["output_tokens_details"] = new JsonObject { ["thinking_tokens"] = usage.Reasoning },
        ["service_tier"] = "standard",
    };

    private static string StopReason(ModelReply reply) => reply.FinishReason switch
    {
        "length" => "max_tokens",
        "content_filter" => "refusal",
        { } other and not "stop" and not "tool_calls" => other,
        _ => reply.ToolCalls.Count > 0 ? "tool_use" : "end_turn",
    };
}
