using System.ComponentModel.DataAnnotations;

namespace Sos.Api.Hosting;

/// <summary>Bounds of what a client may take; configuration section <c>Sos:Api</c>.</summary>
internal sealed class ApiLimits
{
    public const string Section = "Sos:Api";

    /// <summary>The request timeout of endpoints that wait for an execution.</summary>
    public const string WaitTimeoutPolicy = "wait";

    /// <summary>The most bytes of an execution's input.</summary>
    /// <value>1 MiB</value>
    [Range(1_024, 16 * 1024 * 1024)]
    public int MaxInputBytes { get; set; } = 1024 * 1024;

    /// <summary>How many event streams may be open at once.</summary>
    /// <value>1,000</value>
    [Range(1, 100_000)]
    public int MaxEventStreams { get; set; } = 1_000;

    /// <summary>How many connections may be open at once.</summary>
    /// <value>10,000</value>
    [Range(10, 1_000_000)]
    public long MaxConnections { get; set; } = 10_000;

    /// <summary>How often a key may ask.</summary>
    public RateLimit RateLimit { get; set; } = new();
}

/// <summary>A bucket of requests that fills up again steadily.</summary>
internal sealed class RateLimit
{
    /// <summary>Requests a second in the long run.</summary>
    /// <value>2,000</value>
    [Range(1, 1_000_000)]
    public int PerSecond { get; set; } = 2_000;

    /// <summary>Requests at once after a pause.</summary>
    /// <value>4,000</value>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 4_000;
}
