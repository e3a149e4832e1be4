using System.Net;
using System.Text.Json;
using ModelContextProtocol;
using Sos.Executors.Mcp.Http;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp;

/// <summary>What went wrong with a server, in the words of the error codes.</summary>
internal static class McpFailures
{
    private const int MaxRemoteText = 500;

    // What servers answer to a session that they do not know, beside HTTP's 404 that MCP asks for.
    private const int ServerError = -32000;
    private const int SessionNotFound = -32001;

    // What servers say that have never seen a session, or not since they were started. Other words may come from a tool
    // that has begun, such as one that lost a browser's session.
    private static bool IsForgottenSession(string message) =>
        message.Contains("session not found", StringComparison.OrdinalIgnoreCase) || message.Contains("no valid session id", StringComparison.OrdinalIgnoreCase);

    public static McpCallException NotFound(string name, IReadOnlyList<string> configured) => new(new NodeError(
        "mcp_server_not_found",
        configured.Count == 0
            ? $"There is no MCP server '{name}': none is configured. The operator adds one under {McpOptions.Section}:Servers in the settings of the executors."
            : $"There is no MCP server '{name}'. Configured are: {string.Join(", ", configured)}."));

    public static McpCallException ToolNotFound(McpServerReference server, string tool, IReadOnlyList<McpTool> tools)
    {
        const int shown = 50;
        var names = string.Join(", ", tools.Take(shown).Select(t => t.Name));
        return new(new NodeError("mcp_tool_not_found", tools.Count == 0
            ? $"The MCP server {server} has no tool '{Short(tool)}'; it offers none."
            : $"The MCP server {server} has no tool '{Short(tool)}'. It offers: {names}{(tools.Count > shown ? $" and {tools.Count - shown} more" : "")}."));
    }

    public static McpCallException Resting(McpServerReference server, TimeSpan time) => new(new NodeError(
        "mcp_server_unavailable",
        $"The MCP server {server} failed {RestartPolicy.MaxFailures} times within {RestartPolicy.Window.TotalMinutes:0} minutes and is left alone for {Math.Ceiling(time.TotalSeconds):0} s. The executor's log says how it failed.")
    {
        Retryable = true,
        RetryAfter = time,
    });

    public static McpCallException Stopping(McpServerReference server) => new(new NodeError(
        "mcp_server_unavailable", $"The MCP server {server} is being stopped by this executor.")
    {
        Retryable = true,
    });

    public static McpCallException TooManyServers(int limit) => new(new NodeError(
        "mcp_server_unavailable", $"Workflows are using {limit} MCP servers by URL at this moment, which is the limit {McpOptions.Section}:MaxUrlServers.")
    {
        Retryable = true,
    });

    public static McpCallException StartTimeout(McpServerReference server, TimeSpan limit, Exception inner) => new(
        new NodeError("mcp_server_unavailable", $"The MCP server {server} did not introduce itself within {Seconds(limit)} (StartTimeout).") { Retryable = true }, inner)
    {
        IsServersFault = true,
    };

    public static McpCallException CallTimeout(McpServerReference server, string what, TimeSpan limit, Exception inner) => new(
        new NodeError("mcp_timeout", $"The MCP server {server} did not answer {what} within {Seconds(limit)} (CallTimeout).") { Retryable = true }, inner);

    public static McpCallException Crashed(McpServerReference server, string what, string reason, Exception? inner) => new(
        new NodeError("mcp_server_crashed", $"The MCP server {server} ended during {what}: {reason}. The next call starts it anew.") { Retryable = true }, inner);

    public static McpCallException TooLarge(McpServerReference server, string what, long bytes, int limit) => new(new NodeError(
        "mcp_result_too_large",
        $"The answer of the MCP server {server} to {what} has {bytes} bytes; at most {limit} are taken. Ask the tool for less."));

    public static McpCallException Malformed(McpServerReference server, string what, string problem, Exception? inner = null) => new(
        new NodeError("mcp_protocol_error", $"The MCP server {server} answered {what} with something that is not MCP: {problem}"), inner);

    /// <summary>Reads what the client threw; not the caller's own cancellation.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="server">The server.</param>
    /// <param name="what">What it was asked, for the sentence.</param>
    public static McpCallException From(Exception exception, McpServerReference server, string what)
    {
        switch (exception)
        {
            case McpCallException known:
                return known;
            case McpProtocolException answer:
                var code = (int)answer.ErrorCode;
                return new(new NodeError("mcp_protocol_error", $"The MCP server {server} refused {what}: {Remote(answer.Message)} ({code})."), answer)
                {
                    RpcCode = code,
                    // A session that a server over HTTP no longer knows. Any other words may come from a tool that has begun.
                    NothingSent = code is ServerError or SessionNotFound && IsForgottenSession(answer.Message),
                };
            case HttpRequestException { StatusCode: { } status }:
                return FromStatus(status, server, what, exception);
            // How a connection that breaks is told depends on how far the answer had come.
            case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
            case HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: IOException }:
                return Crashed(server, what, "it closed the connection", exception);
            case HttpRequestException or OutboundRefusedException when server.Url is not null && OutboundFailure.From(exception, server.Url) is { } failure:
                return failure.Code == "address_not_allowed"
                    ? new(new NodeError(failure.Code, failure.Message), exception)
                    : Unreachable(server, failure.Message, exception);
            case HttpRequestException:
                return Unreachable(server, exception.Message, exception);
            // Whoever watches the program saw its end before the call did, and gave the call up.
            case OperationCanceledException when server.Url is null:
                return Crashed(server, what, "the program ended", exception);
            case OperationCanceledException or TimeoutException:
                return Unreachable(server, "connecting took too long, or the connection was given up.", exception);
            // Writing to the program failed, so it has not got the whole line.
            case IOException { InnerException: IOException } when server.Url is null && exception is not HttpIOException:
                return new(Crashed(server, what, "it no longer reads its input", exception).Error, exception) { NothingSent = true };
            case IOException:
                return Crashed(server, what, "it closed the connection", exception);
            case McpMessageTooLargeException:
                return new(new NodeError("mcp_result_too_large", $"The MCP server {server} answered {what} with too much. {exception.Message} Ask for less."), exception);
            case JsonException or McpException or FormatException:
                return Malformed(server, what, Remote(exception.Message), exception);
            case InvalidOperationException or NotSupportedException:
                return Malformed(server, what, "the client could not read it.", exception); // its message may repeat headers
            default:
                return Unreachable(server, exception.Message, exception);
        }
    }

    private static McpCallException FromStatus(HttpStatusCode status, McpServerReference server, string what, Exception inner) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(new NodeError(
            "mcp_unauthorized", $"The MCP server {server} refused {what} with HTTP {(int)status}: give it a valid token or header."), inner),
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => new(new NodeError(
            "mcp_protocol_error", $"There is no MCP server at {server}: it answered with HTTP {(int)status}. Check the URL; it often ends with /mcp."), inner)
        {
            NothingSent = status == HttpStatusCode.NotFound,
        },
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => new(new NodeError(
            "mcp_server_unavailable", $"The MCP server {server} answered {what} with HTTP {(int)status}.")
        {
            Retryable = true,
        }, inner),
        _ => new(new NodeError("mcp_protocol_error", $"The MCP server {server} answered {what} with HTTP {(int)status}."), inner),
    };

    private static McpCallException Unreachable(McpServerReference server, string reason, Exception inner) => new(
        new NodeError("mcp_server_unavailable", $"The MCP server {server} can't be reached: {reason}") { Retryable = true }, inner)
    {
        IsServersFault = true,
    };

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.###} s";

    private static string Remote(string message) =>
        Short(message.StartsWith("Request failed (remote): ", StringComparison.Ordinal) ? message["Request failed (remote): ".Length..] : message);

    private static string Short(string text) =>
        string.Concat(text.Length <= MaxRemoteText ? text : text[..MaxRemoteText] + "…").ReplaceLineEndings(" ");
}
