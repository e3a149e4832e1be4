using Microsoft.AspNetCore.Http;

namespace Sos.ServiceDefaults.Health;

/// <summary>The paths of the probes, which nothing traces or measures.</summary>
static class HealthPaths
{
    /// <summary>Every check.</summary>
    public const string Health = "/health";

    /// <summary>The process answers; a supervisor restarts it otherwise.</summary>
    public const string Alive = "/alive";

    /// <summary>The process can do its work, database included; a load balancer passes it over otherwise.</summary>
    public const string Ready = "/ready";

    public static bool Contains(PathString path) =>
        Is(path, Health) || Is(path, Alive) || Is(path, Ready);

    static bool Is(PathString path, string name) => string.Equals(path.Value, name, StringComparison.OrdinalIgnoreCase);
}
