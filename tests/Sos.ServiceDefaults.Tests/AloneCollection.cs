namespace Sos.ServiceDefaults.Tests;

/// <summary>
/// For tests of metrics: instruments of the same name belong to every host of a process, and end for all of them when
/// one host ends, so no other test may run beside these. For tests that count spans, too: sources that all share, such as
/// ASP.NET Core's, reach every host.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
