using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Sos.Executors.Secrets;

/// <summary>Takes secrets out of what is logged while a node runs, by whatever library, before it is exported.</summary>
internal sealed class LogScrubber : BaseProcessor<LogRecord>
{
    /// <inheritdoc/>
    public override void OnEnd(LogRecord data)
    {
        if (SecretsOfSpans.Of(Activity.Current) is not { } secrets)
            return;
        if (data.FormattedMessage is { } message)
            data.FormattedMessage = secrets.Apply(message);
        if (data.Body is { } body)
            data.Body = secrets.Apply(body);
        if (data.Attributes is { } attributes)
            data.Attributes = [.. attributes.Select(a => a.Value is string text ? new KeyValuePair<string, object?>(a.Key, secrets.Apply(text)) : a)];
        if (data.Exception is { } exception and not ScrubbedException)
            data.Exception = new ScrubbedException(exception, secrets);
    }
}
