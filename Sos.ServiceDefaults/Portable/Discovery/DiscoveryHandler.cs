namespace Sos.ServiceDefaults.Portable.Discovery;

/// <summary>Replaces a service's name in a request's address by where it is.</summary>
sealed class DiscoveryHandler(ServiceEndpoints endpoints) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { IsAbsoluteUri: true } address)
            request.RequestUri = endpoints.Resolve(address);
        return base.SendAsync(request, cancellationToken);
    }
}
