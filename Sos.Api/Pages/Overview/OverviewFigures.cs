using System.Globalization;
using Sos.Api.Pages.Charts;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Overview;

/// <summary>The overview's numbers, as the page shows them.</summary>
internal sealed class OverviewFigures
{
    /// <summary>How far back it looks, and how many columns the chart has.</summary>
    public const int Minutes = 60;

    private static readonly ExecutionStatus[] Order =
    [
        ExecutionStatus.Completed, ExecutionStatus.Failed, ExecutionStatus.Cancelled, ExecutionStatus.Running,
        ExecutionStatus.Waiting, ExecutionStatus.Paused, ExecutionStatus.Pending,
    ];

    public OverviewFigures(WorkspaceOverview overview)
    {
        Columns = [.. Enumerable.Range(0, Minutes).Select(i => Column(overview.From.AddMinutes(i)))];
        Series = [.. Order
            .Select(status => (Status: status, Counts: Count(overview, status)))
            .Where(s => s.Counts.Any(c => c > 0) || s.Status is ExecutionStatus.Completed or ExecutionStatus.Failed)
            .Select(s => new ChartSeries(s.Status.Name(), "fill-" + s.Status.Name(), s.Counts, $"/executions?status={s.Status.Name()}&since=1h"))];
        Runs = overview.Minutes.Sum(m => m.Count);
        var (completed, failed) = (Of(overview, ExecutionStatus.Completed), Of(overview, ExecutionStatus.Failed));
        Failed = failed;
        SuccessRate = completed + failed == 0 ? null : (double)completed / (completed + failed);
        OldestWait = overview.OldestDueAt is { } due ? overview.To - due : null;
        Alive = overview.Executors.Count(e => e.Alive);
        Slots = overview.Executors.Where(e => e.Alive).Sum(e => e.Slots);
        Leases = overview.Executors.Where(e => e.Alive).Sum(e => e.Leases);
    }

    public IReadOnlyList<ChartColumn> Columns { get; }

    public IReadOnlyList<ChartSeries> Series { get; }

    public long Runs { get; }

    public long Failed { get; }

    /// <summary>Completed ones among those that completed or failed; null where none did.</summary>
    public double? SuccessRate { get; }

    /// <summary>How long the oldest due execution waits; null where none does.</summary>
    public TimeSpan? OldestWait { get; }

    public int Alive { get; }

    public int Slots { get; }

    public long Leases { get; }

    /// <summary>The period that ends with the minute of <paramref name="now"/>.</summary>
    public static (DateTimeOffset From, DateTimeOffset To) Period(DateTimeOffset now)
    {
        var end = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero).AddMinutes(1);
        return (end.AddMinutes(-Minutes), now);
    }

    private static ChartColumn Column(DateTimeOffset at) => new(at.UtcDateTime.ToString("HH:mm 'UTC'", CultureInfo.InvariantCulture), at);

    private static double[] Count(WorkspaceOverview overview, ExecutionStatus status)
    {
        var counts = new double[Minutes];
        foreach (var minute in overview.Minutes)
        {
            var column = (int)((minute.At - overview.From).Ticks / TimeSpan.TicksPerMinute);
            if (minute.Status == status && column is >= 0 and < Minutes)
                counts[column] += minute.Count;
        }
        return counts;
    }

    private static long Of(WorkspaceOverview overview, ExecutionStatus status) => overview.Minutes.Where(m => m.Status == status).Sum(m => m.Count);
}
