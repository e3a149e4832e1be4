using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>The SDK's batch of spans, with a count of what gets lost.</summary>
sealed class CountedSpanProcessor(CountedSpanExporter spans, BatchSettings batch)
    : BatchActivityExportProcessor(spans, batch.QueueSize, (int)batch.Delay.TotalMilliseconds, maxExportBatchSize: batch.BatchSize)
{
    public override void OnEnd(Activity data)
    {
        if (data.Recorded && spans.Tally.TryEnter())
            base.OnEnd(data);
    }
}

sealed class CountedSpanExporter(OtlpExporterOptions options, ExportTally tally) : OtlpTraceExporter(options)
{
    public ExportTally Tally => tally;

    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        var count = (int)activityBatch.Count;
        var result = base.Export(activityBatch);
        tally.Leave(count, result == ExportResult.Success);
        return result;
    }
}

/// <summary>The SDK's batch of log records, with a count of what gets lost.</summary>
sealed class CountedLogProcessor(CountedLogExporter records, BatchSettings batch)
    : BatchLogRecordExportProcessor(records, batch.QueueSize, (int)batch.Delay.TotalMilliseconds, maxExportBatchSize: batch.BatchSize)
{
    public override void OnEnd(LogRecord data)
    {
        if (records.Tally.TryEnter())
            base.OnEnd(data);
    }
}

sealed class CountedLogExporter(OtlpLogExporter exporter, ExportTally tally) : BaseExporter<LogRecord>
{
    public ExportTally Tally => tally;

    public override ExportResult Export(in Batch<LogRecord> batch)
    {
        var count = (int)batch.Count;
        var result = exporter.Export(batch);
        tally.Leave(count, result == ExportResult.Success);
        return result;
    }

    protected override bool OnShutdown(int timeoutMilliseconds) => exporter.Shutdown(timeoutMilliseconds);
}

/// <summary>
/// Makes the provider known to a log exporter that is wrapped: an exporter learns its resource from the provider of
/// the processor that holds it, and the SDK's log exporter can't be derived from. Passes nothing on.
/// </summary>
sealed class LogExporterBinding(OtlpLogExporter exporter) : BaseExportProcessor<LogRecord>(exporter)
{
    protected override void OnExport(LogRecord data)
    {
    }

    protected override bool OnShutdown(int timeoutMilliseconds) => true;
}

/// <summary>
/// Of a sum since the start a failed export loses nothing that the next one does not bring; of a sum since the last
/// export it loses that interval's points, which are counted.
/// </summary>
sealed class CountedMetricExporter(OtlpExporterOptions options, ExportTally tally) : OtlpMetricExporter(options)
{
    public override ExportResult Export(in Batch<Metric> metrics)
    {
        var result = base.Export(metrics);
        if (result != ExportResult.Success)
            tally.Fail(CountLost(metrics));
        return result;
    }

    static int CountLost(in Batch<Metric> metrics)
    {
        var lost = 0;
        foreach (var metric in metrics)
        {
            // A gauge is told anew each time, whatever its temporality is said to be.
            if (metric.Temporality != AggregationTemporality.Delta || metric.MetricType.IsGauge())
                continue;
            foreach (ref readonly var _ in metric.GetMetricPoints())
                lost++;
        }

        return lost;
    }
}
