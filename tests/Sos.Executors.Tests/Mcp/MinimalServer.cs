using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sos.Executors.Tests.Mcp;

/// <summary>The least that an MCP server over streamable HTTP answers: one session, one tool, JSON and no streams.</summary>
internal static class MinimalServer
{
    public static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Method != "POST")
        {
            context.Response.StatusCode = 405;
            return;
        }
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var request = body.RootElement;
        var method = request.GetProperty("method").GetString();
        var result = method switch
        {
            "initialize" => """{ "protocolVersion": "2025-11-25", "capabilities": { "tools": {} }, "serverInfo": { "name": "minimal", "version": "1" } }""",
            "tools/list" => """{ "tools": [ { "name": "greet", "inputSchema": { "type": "object" } } ] }""",
            "tools/call" => """{ "content": [ { "type": "text", "text": "hello" } ] }""",
            _ => null,
        };
        if (!request.TryGetProperty("id", out var id))
        {
            context.Response.StatusCode = 202;
            return;
        }
        context.Response.ContentType = "application/json";
        if (method == "initialize")
            context.Response.Headers["Mcp-Session-Id"] = "session-1";
        await context.Response.WriteAsync(result is null
            ? $$"""{ "jsonrpc": "2.0", "id": {{id}}, "error": { "code": -32601, "message": "Method not found" } }"""
            : $$"""{ "jsonrpc": "2.0", "id": {{id}}, "result": {{result}} }""");
    }
}
