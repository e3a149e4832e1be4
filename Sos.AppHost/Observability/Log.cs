using Microsoft.Extensions.Logging;

namespace Sos.AppHost.Observability;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Remark}")]
    public static partial void LogSignozLeftOut(this ILogger logger, string remark);
}
