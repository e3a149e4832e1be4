using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Sos.Executors.Connectors.Health;

/// <summary>The health of all providers that this process calls, by workspace, connector, provider, server and credential.</summary>
internal sealed class ProviderHealths(IOptions<ConnectorOptions> options, TimeProvider time)
{
    private const int Most = 5_000;
    private readonly ConcurrentDictionary<Key, ProviderHealth> known = new();

    /// <summary>The health of a provider.</summary>
    public ProviderHealth Of(Guid workspaceId, ProviderCall call)
    {
        if (known.Count > Most)
        {
            // Those that rested longest make room; what they remember is gone, which harms nobody but them.
            foreach (var (key, _) in known.OrderBy(h => h.Value.LastUse).Take(Most / 10).ToList())
                known.TryRemove(key, out _);
        }
        // Another limit is another key: a connector that was changed begins anew.
        return known.GetOrAdd(new Key(workspaceId, call.Manifest.Id, call.ProviderId, call.Server, call.Credential, call.RateLimit), k => new ProviderHealth(k.Limit, options.Value, time));
    }

    private readonly record struct Key(Guid WorkspaceId, string Connector, string Provider, string Server, string? Credential, Sos.Workflows.Connectors.ConnectorRateLimit? Limit);
}
