using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sos.Executors.Models.Providers;
using Sos.Executors.Outbound;

namespace Sos.Executors.Models.Connections;

/// <summary>One pooled HTTP client per connection, made anew when the connection changes.</summary>
internal sealed class ModelClients(OutboundGuard guard, IOptions<ModelOptions> options, TimeProvider time) : IDisposable
{
    // Beyond this many, the pools of connections that are not in use are better made again than kept.
    private const int MaxClients = 1_000;

    private readonly ConcurrentDictionary<(Guid? Workspace, string Name), (ModelConnection Connection, HttpClient Http)> clients = new();

    /// <summary>The client of a connection.</summary>
    /// <param name="workspaceId">The workspace that it is for; connections of the configuration share theirs.</param>
    /// <param name="provider">The connection's kind.</param>
    /// <param name="connection">The connection.</param>
    public HttpClient Get(Guid workspaceId, ModelProvider provider, ModelConnection connection)
    {
        var key = (connection.IsTrusted ? (Guid?)null : workspaceId, connection.Name);
        if (clients.TryGetValue(key, out var known) && known.Connection.SameAs(connection))
            return known.Http;
        if (clients.Count >= MaxClients)
            clients.Clear();
        // One that is replaced may be in use still; its sockets close when they have been idle.
        var made = (connection, Create(provider, connection));
        return clients.AddOrUpdate(key, made, (_, there) => there.Connection.SameAs(connection) ? there : made).Http;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, http) in clients.Values)
            http.Dispose();
    }

    private HttpClient Create(ModelProvider provider, ModelConnection connection)
    {
        // What the operator configured may be anywhere; the rules are about what workflows may reach.
        var sockets = OutboundHttp.CreateHandler(connection.IsTrusted ? guard.Anywhere : guard);
        return new HttpClient(new ProviderHandler(provider, connection, options.Value.MaxResponseBytes, time, sockets))
        {
            // The call's own timeout holds.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }
}
