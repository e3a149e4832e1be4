using System.ComponentModel.DataAnnotations;

namespace Sos.Executors.Rag;

/// <summary>Settings of indexes; configuration section <c>Sos:Rag</c>.</summary>
internal sealed class RagOptions
{
    public const string Section = "Sos:Rag";

    /// <summary>The most memory for the vectors of indexes that are searched exactly, in bytes; the least recently asked ones give way.</summary>
    /// <value>1 GiB</value>
    [Range(1024 * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxCacheBytes { get; set; } = 1024L * 1024 * 1024;
}
