using System.ComponentModel.DataAnnotations;

namespace Sos.Executors.Models;

/// <summary>How models are called: the configuration section <c>Sos:Models</c>.</summary>
internal sealed class ModelOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sos:Models";

    /// <summary>How often a call is tried that is refused or fails for a moment, the first time included; 1 to 10.</summary>
    [Range(1, 10)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How long to wait before the second attempt; doubles after each, with up to a half taken off at random. 1 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest <c>Retry-After</c> that is waited for with the slot in hand; a longer one is left to the node's retry policy. Up to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a call may take, all attempts together, unless it says otherwise; 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The largest answer that is read, in bytes; 64 KiB to 1 GiB.</summary>
    [Range(65_536, 1_073_741_824)]
    public int MaxResponseBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>The most characters of a prompt or answer that are kept where content is kept or captured; 1,000 to 10,000,000.</summary>
    [Range(1_000, 10_000_000)]
    public int MaxContentLength { get; set; } = 64 * 1024;

    /// <summary>The installation's connections by name, which every workspace may use.</summary>
    public IDictionary<string, ConfiguredProvider> Providers { get; init; } = new Dictionary<string, ConfiguredProvider>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>A connection in the configuration: <c>Sos:Models:Providers:{name}</c>.</summary>
internal sealed class ConfiguredProvider
{
    /// <summary>Its kind; the connection's name where there is none.</summary>
    public string? Kind { get; set; }

    /// <summary>Where the provider listens; null for the kind's usual address. May be this machine or a private network.</summary>
    public Uri? BaseUrl { get; set; }

    /// <summary>The API key.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The kind's own settings, such as <c>apiVersion</c>.</summary>
    public IDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The ids of the workspaces that may use it; empty for all.</summary>
    public IList<Guid> Workspaces { get; init; } = [];
}
