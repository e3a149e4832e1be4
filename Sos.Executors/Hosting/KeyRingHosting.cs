using Microsoft.Extensions.DependencyInjection.Extensions;
using Sos.ServiceDefaults.Settings;
using Sos.Workflows.Secrets;

namespace Sos.Executors.Hosting;

/// <summary>Gives a host the keys that secrets are encrypted with.</summary>
public static class KeyRingHosting
{
    /// <summary>Adds the <see cref="KeyRing"/> of the setting <see cref="KeyRing.Setting"/>; without it an empty one.</summary>
    /// <exception cref="SecretException">The setting is malformed; the message says which entry.</exception>
    public static void AddKeyRing(this IHostApplicationBuilder builder) =>
        builder.Services.TryAddSingleton(KeyRing.Parse(builder.Configuration.GetList(KeyRing.Setting)));
}
