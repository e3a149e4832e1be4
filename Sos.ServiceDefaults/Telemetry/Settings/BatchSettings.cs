using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// How spans (<c>OTEL_BSP_*</c>) or log records (<c>OTEL_BLRP_*</c>) are collected into export requests.
/// </summary>
/// <param name="QueueSize">Items that may wait for export; more are dropped and counted.</param>
/// <param name="BatchSize">Items in one request.</param>
/// <param name="Delay">How long an item waits for others at most.</param>
/// <remarks>
/// The defaults carry 12,000 spans a second: five seconds of a stalled backend fit the queue, and six requests a
/// second the batch. A span of 600 bytes makes a request of 1.2 MB; OTLP servers accept 4 MB by default, so the
/// batch is not larger.
/// </remarks>
sealed record BatchSettings(int QueueSize, int BatchSize, TimeSpan Delay)
{
    public static readonly BatchSettings Default = new(65_536, 2_048, TimeSpan.FromSeconds(1));

    public static BatchSettings Read(IConfiguration configuration, string prefix, List<string> problems)
    {
        var queue = WholeNumber(configuration, $"{prefix}_MAX_QUEUE_SIZE", Default.QueueSize, 1_000_000, problems);
        var batch = WholeNumber(configuration, $"{prefix}_MAX_EXPORT_BATCH_SIZE", Default.BatchSize, 100_000, problems);
        var delay = WholeNumber(configuration, $"{prefix}_SCHEDULE_DELAY", (int)Default.Delay.TotalMilliseconds, 600_000, problems);
        return new BatchSettings(queue, Math.Min(batch, queue), TimeSpan.FromMilliseconds(delay));
    }

    /// <summary>Reads a whole number from 1 to <paramref name="max"/>; notes a problem and takes the default otherwise.</summary>
    public static int WholeNumber(IConfiguration configuration, string setting, int fallback, int max, List<string> problems)
    {
        var text = configuration[setting];
        if (string.IsNullOrWhiteSpace(text))
            return fallback;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max)
            return number;
        problems.Add($"{setting} must be a whole number from 1 to {max}; {fallback} is used.");
        return fallback;
    }
}
