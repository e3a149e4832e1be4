using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Sos.ServiceDefaults.Portable.Discovery;

/// <summary>
/// Finds a service's address in configuration, <c>services:{name}:{scheme or endpoint}:{index}</c>, which Aspire sets
/// (<c>services__executors__http__0</c>). Several addresses are used in turn. A name that configuration does not know
/// is left to DNS.
/// </summary>
sealed class ServiceEndpoints : IDisposable
{
    readonly IConfiguration _configuration;
    readonly ConcurrentDictionary<(string Service, string Endpoint), Rotation> _found = new();
    readonly IDisposable _reload;

    public ServiceEndpoints(IConfiguration configuration)
    {
        _configuration = configuration;
        _reload = ChangeToken.OnChange(configuration.GetReloadToken, _found.Clear);
    }

    /// <summary>
    /// The address to use for a request to <paramref name="address"/>. Schemes joined by <c>+</c> are tried in their
    /// order; a host of the form <c>_endpoint.service</c> asks for the endpoint of that name.
    /// </summary>
    public Uri Resolve(Uri address)
    {
        var schemes = address.Scheme.Split('+');
        var (endpoint, service) = SplitHost(address.Host);
        string[] names = endpoint is null ? schemes : [endpoint];
        foreach (var name in names)
            if (Find(service, name, schemes) is { } found)
                return Combine(found, address);
        return schemes.Length == 1 ? address : new UriBuilder(address) { Scheme = schemes[0], Port = address.IsDefaultPort ? -1 : address.Port }.Uri;
    }

    public void Dispose() => _reload.Dispose();

    Uri? Find(string service, string name, string[] schemes)
    {
        if (_found.TryGetValue((service, name), out var rotation))
            return rotation.Next();
        var section = _configuration.GetSection($"services:{service}:{name}");
        string?[] values = [section.Value, .. section.GetChildren().OrderBy(child => child.Key, ConfigurationKeyComparer.Instance).Select(child => child.Value)];
        Uri[] addresses = [.. values.OfType<string>().Select(value => Parse(value, service, name, schemes)).Where(a => schemes.Contains(a.Scheme))];
        // Only known names are kept: hosts may come from users without bound.
        return addresses.Length == 0 ? null : _found.GetOrAdd((service, name), _ => new Rotation(addresses)).Next();
    }

    static Uri Parse(string value, string service, string name, string[] schemes)
    {
        var text = value.Contains("://", StringComparison.Ordinal) ? value : $"{(schemes.Contains(name) ? name : schemes[0])}://{value}";
        return Uri.TryCreate(text, UriKind.Absolute, out var address)
            ? address
            : throw new InvalidOperationException($"services:{service}:{name} must hold an address like http://localhost:5080.");
    }

    static Uri Combine(Uri found, Uri asked) => new UriBuilder(asked)
    {
        Scheme = found.Scheme,
        Host = found.Host,
        Port = found.Port,
        Path = found.AbsolutePath.TrimEnd('/') + asked.AbsolutePath,
    }.Uri;

    static (string? Endpoint, string Service) SplitHost(string host)
    {
        var dot = host.StartsWith('_') ? host.IndexOf('.') : -1;
        return dot > 1 ? (host[1..dot], host[(dot + 1)..]) : (null, host);
    }

    sealed class Rotation(Uri[] addresses)
    {
        int _turn = -1;

        public Uri Next() => addresses[(uint)Interlocked.Increment(ref _turn) % addresses.Length];
    }
}
