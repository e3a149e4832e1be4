using System.Text;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Sos.Executors.Mcp.Tools;

/// <summary>The tools of one connected server, fetched when needed and believed for a while.</summary>
internal sealed partial class ToolList(McpOptions options, TimeProvider time, ILogger logger)
{
    private const int MaxPages = 100;
    private const int MaxNameLength = 256;
    private const int MaxTextLength = 8 * 1024;

    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private int changes;
    private Fetched? fetched;

    /// <summary>Forgets the list: the server says that it changed.</summary>
    public void Invalidate() => Interlocked.Increment(ref changes);

    /// <summary>The list, from memory where that is fresh.</summary>
    /// <param name="client">Whom to ask.</param>
    /// <param name="server">The server, for the log.</param>
    /// <param name="maxAge">Ask again if the list is older; null for the configured time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<McpTool>> GetAsync(McpClient client, McpServerReference server, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        await oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (fetched is { } known && known.Changes == Volatile.Read(ref changes) && time.GetElapsedTime(known.At) < (maxAge ?? known.TimeToLive))
                return known.Tools;
            // Counted before the question: a change while the answer is on its way makes that old at once.
            var before = Volatile.Read(ref changes);
            var (tools, timeToLive) = await FetchAsync(client, server, cancellationToken);
            fetched = new Fetched(tools, before, time.GetTimestamp(), timeToLive);
            return tools;
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    private async Task<(IReadOnlyList<McpTool> Tools, TimeSpan TimeToLive)> FetchAsync(McpClient client, McpServerReference server, CancellationToken cancellationToken)
    {
        var timeToLive = options.ToolListTtl;
        if (client.ServerCapabilities.Tools is null)
            return ([], timeToLive);
        List<McpTool> tools = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        client.ClearKnownTools();
        string? cursor = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var result = await client.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, cancellationToken);
            if (result.TimeToLive is { } asked && asked < timeToLive)
                timeToLive = asked;
            foreach (var tool in result.Tools)
            {
                if (tools.Count == options.MaxTools)
                {
                    LogTooMany(logger, server, options.MaxTools);
                    return (tools, timeToLive);
                }
                if (ProblemOf(tool, client) is { } problem)
                    LogLeftOut(logger, server, Cut(tool.Name, MaxNameLength), problem);
                else if (names.Add(tool.Name))
                    tools.Add(Read(tool));
            }
            cursor = result.NextCursor;
            if (cursor is null)
                break;
        }
        return (tools, timeToLive);
    }

    private string? ProblemOf(Tool tool, McpClient client)
    {
        if (tool.Name.Length is 0 or > MaxNameLength)
            return $"its name does not have 1 to {MaxNameLength} characters";
        var size = Encoding.UTF8.GetByteCount(tool.InputSchema.GetRawText());
        if (size > options.MaxSchemaBytes)
            return $"its input schema has {size} bytes, more than {McpOptions.Section}:MaxSchemaBytes";
        try
        {
            client.AddKnownTools([tool]); // what a tool's schema says about HTTP headers
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    private static McpTool Read(Tool tool)
    {
        var readOnly = tool.Annotations?.ReadOnlyHint == true;
        return new McpTool(
            tool.Name,
            Cut(tool.Title ?? tool.Annotations?.Title, MaxTextLength),
            Cut(tool.Description, MaxTextLength),
            tool.InputSchema.Clone(),
            readOnly,
            IsDestructive: !readOnly && tool.Annotations?.DestructiveHint != false);
    }

    private static string? Cut(string? text, int length) => text is null || text.Length <= length ? text : text[..length] + "…";

    [LoggerMessage(Level = LogLevel.Warning, Message = "MCP server {Server} has more than {Max} tools; the rest is left out.")]
    private static partial void LogTooMany(ILogger logger, McpServerReference server, int max);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The tool '{Tool}' of MCP server {Server} is left out: {Problem}.")]
    private static partial void LogLeftOut(ILogger logger, McpServerReference server, string? tool, string problem);

    private sealed record Fetched(IReadOnlyList<McpTool> Tools, int Changes, long At, TimeSpan TimeToLive);
}
