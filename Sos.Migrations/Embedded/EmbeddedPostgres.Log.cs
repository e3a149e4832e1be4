using Microsoft.Extensions.Logging;

namespace Sos.Migrations.Embedded;

public sealed partial class EmbeddedPostgres
{
    [LoggerMessage(1, LogLevel.Information, "Creating a PostgreSQL {Version} data folder in {Folder}")]
    private static partial void LogCreating(ILogger logger, Version version, string folder);

    [LoggerMessage(2, LogLevel.Information, "PostgreSQL {Version} is ready on 127.0.0.1:{Port} after {Milliseconds:0} ms; data in {Folder}")]
    private static partial void LogReady(ILogger logger, Version version, int port, double milliseconds, string folder);

    [LoggerMessage(3, LogLevel.Warning, "Stopped PostgreSQL process {ProcessId}, which an earlier owner had left on {Folder}")]
    private static partial void LogOrphanStopped(ILogger logger, int processId, string folder);

    [LoggerMessage(4, LogLevel.Critical, "PostgreSQL ended by itself (exit code {ExitCode}); its messages are in {LogFile}")]
    private static partial void LogEnded(ILogger logger, int exitCode, string logFile);

    [LoggerMessage(5, LogLevel.Information, "PostgreSQL on 127.0.0.1:{Port} has stopped")]
    private static partial void LogStopped(ILogger logger, int port);
}
