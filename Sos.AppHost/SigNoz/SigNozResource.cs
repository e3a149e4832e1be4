namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A SigNoz: its pages and API, and the parts that they stand on. Its connection string is where telemetry goes
/// (<c>Endpoint</c>) and where people look at it (<c>Web</c>).
/// </summary>
public sealed class SigNozResource : ContainerResource, IResourceWithConnectionString
{
    internal const string WebEndpointName = "http";
    internal const string OtlpGrpcEndpointName = "grpc";
    internal const string OtlpHttpEndpointName = "http";
    internal const string HealthEndpointName = "health";
    internal const string NativeEndpointName = "native";
    internal const string DefaultRootEmail = "admin@sos.localhost";

    /// <summary>A SigNoz whose root user has a password.</summary>
    /// <param name="name">The resource's name.</param>
    /// <param name="password">The root user's password: 12 characters or more, with upper and lower case, a digit and a symbol.</param>
    /// <param name="jwtSecret">What sessions are signed with.</param>
    public SigNozResource(string name, ParameterResource password, ParameterResource jwtSecret) : base(name)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(jwtSecret);
        (PasswordParameter, JwtSecretParameter) = (password, jwtSecret);
        Keeper = new SigNozPartResource($"{name}-keeper", this);
        Functions = new SigNozPartResource($"{name}-functions", this);
        ClickHouse = new SigNozPartResource($"{name}-clickhouse", this);
        Migrator = new SigNozPartResource($"{name}-migrator", this);
        Collector = new SigNozPartResource($"{name}-collector", this);
        PrimaryEndpoint = new EndpointReference(this, WebEndpointName);
    }

    /// <summary>The pages and the API.</summary>
    public EndpointReference PrimaryEndpoint { get; }

    /// <summary>Where OTLP over gRPC is taken.</summary>
    public EndpointReference OtlpGrpcEndpoint => Collector.Endpoint(OtlpGrpcEndpointName);

    /// <summary>Where OTLP over HTTP is taken.</summary>
    public EndpointReference OtlpHttpEndpoint => Collector.Endpoint(OtlpHttpEndpointName);

    /// <summary>The host of the pages.</summary>
    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    /// <summary>The port of the pages.</summary>
    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    /// <summary>The root user's password.</summary>
    public ParameterResource PasswordParameter { get; }

    /// <summary>The root user's address, which is the name to sign in with.</summary>
    public string RootEmail { get; internal set; } = DefaultRootEmail;

    /// <summary>Whether everybody who reaches the pages is the root user, without signing in.</summary>
    public bool IsOpen { get; internal set; }

    /// <summary>The address of the pages as a browser sees it, where that differs from <see cref="UriExpression"/>.</summary>
    public ReferenceExpression? PublicUrl { get; internal set; }

    /// <summary><c>Endpoint=http://host:port;Web=http://host:port</c>: OTLP over gRPC, and the pages.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"Endpoint={OtlpGrpcEndpoint.Property(EndpointProperty.Url)};Web={PublicUrl ?? UriExpression}");

    /// <summary>The address of the pages.</summary>
    public ReferenceExpression UriExpression => ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Url)}");

    /// <summary>ClickHouse's coordination; its data is of no use without ClickHouse's, and the other way round.</summary>
    public SigNozPartResource Keeper { get; }

    /// <summary>Fetches the function that percentiles of histograms are computed with, once.</summary>
    public SigNozPartResource Functions { get; }

    /// <summary>Where traces, metrics and logs are stored.</summary>
    public SigNozPartResource ClickHouse { get; }

    /// <summary>Makes ClickHouse's tables, then ends.</summary>
    public SigNozPartResource Migrator { get; }

    /// <summary>Takes telemetry and writes it to ClickHouse.</summary>
    public SigNozPartResource Collector { get; }

    internal ParameterResource JwtSecretParameter { get; }

    internal IEnumerable<ContainerResource> Containers => [this, Keeper, Functions, ClickHouse, Migrator, Collector];

    internal ReferenceExpression ClickHouseDsn =>
        ReferenceExpression.Create($"tcp://{ClickHouse.Endpoint(NativeEndpointName).Property(EndpointProperty.HostAndPort)}");

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{Host}")),
        new("Port", ReferenceExpression.Create($"{Port}")),
        new("Uri", UriExpression),
        new("GrpcHost", ReferenceExpression.Create($"{OtlpGrpcEndpoint.Property(EndpointProperty.Host)}")),
        new("GrpcPort", ReferenceExpression.Create($"{OtlpGrpcEndpoint.Property(EndpointProperty.Port)}")),
        new("GrpcUri", ReferenceExpression.Create($"{OtlpGrpcEndpoint.Property(EndpointProperty.Url)}")),
        new("HttpUri", ReferenceExpression.Create($"{OtlpHttpEndpoint.Property(EndpointProperty.Url)}")),
    ];
}
