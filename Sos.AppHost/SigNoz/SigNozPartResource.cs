namespace Aspire.Hosting.ApplicationModel;

/// <summary>One of the containers that SigNoz stands on.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="parent">The SigNoz that it belongs to.</param>
public sealed class SigNozPartResource(string name, SigNozResource parent) : ContainerResource(name)
{
    /// <summary>The SigNoz that it belongs to.</summary>
    public SigNozResource Parent { get; } = parent;

    internal EndpointReference Endpoint(string endpoint) => new(this, endpoint);
}
