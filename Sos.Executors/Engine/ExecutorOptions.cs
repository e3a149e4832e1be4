using System.ComponentModel.DataAnnotations;

namespace Sos.Executors.Engine;

/// <summary>How an executor works; configuration section <c>Sos:Executor</c>.</summary>
public sealed class ExecutorOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sos:Executor";

    /// <summary>How many executions run at once.</summary>
    /// <value>256</value>
    [Range(1, 10_000)]
    public int Slots { get; set; } = 256;

    /// <summary>How many nodes of one execution run at once.</summary>
    /// <value>16</value>
    [Range(1, 1_000)]
    public int MaxParallelNodes { get; set; } = 16;

    /// <summary>How long an executor that says nothing is believed to be alive. It renews three times in that time.</summary>
    /// <value>10 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to look for work unasked, in case a notification was missed.</summary>
    /// <value>30 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many executors in a row may be lost with an execution, none of its nodes finishing, before it is failed.</summary>
    /// <value>5</value>
    [Range(1, 1_000)]
    public int MaxLostLeases { get; set; } = 5;

    /// <summary>How long running nodes get to finish when the executor is stopped; what is not done by then is handed back.</summary>
    /// <value>20 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one attempt at a node may take when its definition does not say.</summary>
    /// <value>10 minutes</value>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan NodeTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a node that was told to stop is waited for before it is left behind.</summary>
    /// <value>5 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan CancelGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>An execution whose next wake-up is nearer than this keeps its slot instead of going to sleep in the database.</summary>
    /// <value>1 second</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan StayAwake { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long news that nobody waits for (a node has started, an attempt failed) may gather before it is written.</summary>
    /// <value>100 milliseconds</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan ProgressDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The most bytes of JSON that a node's output may have.</summary>
    /// <value>4 MiB</value>
    [Range(1_024, 256 * 1024 * 1024)]
    public int MaxOutputBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How deep <c>workflow</c> nodes may call workflows that call workflows.</summary>
    /// <value>10</value>
    [Range(1, 100)]
    public int MaxDepth { get; set; } = 10;

    /// <summary>How many checkpoint transactions may be under way at once.</summary>
    /// <value>2</value>
    [Range(1, 32)]
    public int CheckpointWriters { get; set; } = 2;

    /// <summary>
    /// Whether this process is the only executor on its database, so that what an earlier one left behind can be taken
    /// over at once instead of when its lease expires.
    /// </summary>
    /// <value>false</value>
    public bool Exclusive { get; set; }
}
