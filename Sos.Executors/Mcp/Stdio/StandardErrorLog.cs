namespace Sos.Executors.Mcp.Stdio;

/// <summary>Reads a server's standard error, always to its end so that the server never blocks, and logs it at debug level, bounded.</summary>
internal sealed partial class StandardErrorLog(string server, TimeProvider time, ILogger logger)
{
    private const int MaxLineLength = 1_000;
    private const int MaxLinesPerPeriod = 200;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly char[] line = new char[MaxLineLength];
    private int length;
    private long periodStart = time.GetTimestamp();
    private int lines;
    private int leftOut;

    /// <summary>Reads until the stream ends.</summary>
    public async Task ReadAsync(StreamReader reader)
    {
        try
        {
            var buffer = new char[4096];
            int read;
            while ((read = await reader.ReadAsync(buffer.AsMemory(), CancellationToken.None)) > 0)
            {
                foreach (var character in buffer.AsSpan(0, read))
                    Take(character);
            }
            Flush();
            LogWhatWasLeftOut();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            LogCut(logger, server, e.Message); // the server was stopped while this was reading
        }
    }

    private void Take(char character)
    {
        if (character == '\n')
            Flush();
        else if (length < line.Length && character != '\r')
            line[length++] = char.IsControl(character) && character != '\t' ? '?' : character;
    }

    private void Flush()
    {
        if (length == 0)
            return;
        if (time.GetElapsedTime(periodStart) > Period)
        {
            LogWhatWasLeftOut();
            (periodStart, lines, leftOut) = (time.GetTimestamp(), 0, 0);
        }
        if (lines++ >= MaxLinesPerPeriod)
            leftOut++;
        else if (logger.IsEnabled(LogLevel.Debug))
            LogLine(logger, server, new string(line, 0, length));
        length = 0;
    }

    private void LogWhatWasLeftOut()
    {
        if (leftOut > 0)
            LogLeftOut(logger, server, leftOut);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "MCP server {Server}: {Line}")]
    private static partial void LogLine(ILogger logger, string server, string line);

    [LoggerMessage(Level = LogLevel.Debug, Message = "MCP server {Server} printed {Lines} more lines to its standard error.")]
    private static partial void LogLeftOut(ILogger logger, string server, int lines);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The standard error of MCP server {Server} ended: {Reason}")]
    private static partial void LogCut(ILogger logger, string server, string reason);
}
