namespace Aspire.Hosting;

/// <summary>Adds a SigNoz to an application: traces, metrics and logs in one place, stored in ClickHouse.</summary>
public static class SigNozBuilderExtensions
{
    /// <summary>
    /// Adds SigNoz with what it stands on: Keeper and ClickHouse, a migrator that makes the tables, and a collector
    /// that takes OTLP. The first start takes minutes, and the whole about 3 GB of memory. Services that refer to it
    /// get <c>ConnectionStrings__{name}</c>; they should not wait for it, as telemetry must hold up nothing.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name, and the connection string's.</param>
    /// <param name="password">The root user's password: 12 characters or more, with upper and lower case, a digit and a symbol. Generated where it is null.</param>
    /// <param name="jwtSecret">What sessions are signed with. Generated where it is null.</param>
    /// <param name="port">The pages' port on the host; any free one where it is null.</param>
    public static IResourceBuilder<SigNozResource> AddSigNoz(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        IResourceBuilder<ParameterResource>? password = null,
        IResourceBuilder<ParameterResource>? jwtSecret = null,
        int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        var signoz = new SigNozResource(
            name,
            password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", minLower: 1, minUpper: 1, minNumeric: 1, minSpecial: 1),
            jwtSecret?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-jwt-secret", special: false));

        var root = builder.AddResource(signoz)
            .WithImage(SigNozContainerImageTags.Image, SigNozContainerImageTags.Tag)
            .WithImageRegistry(SigNozContainerImageTags.Registry)
            .WithIconName("DataArea")
            .WithHttpEndpoint(port: port, targetPort: 8080, name: SigNozResource.WebEndpointName)
            .WithUrlForEndpoint(SigNozResource.WebEndpointName, url => url.DisplayText = "SigNoz")
            // The only check that covers the root user, too, without whom nothing can be set up.
            .WithHttpHealthCheck("/api/v2/healthz", endpointName: SigNozResource.WebEndpointName)
            .WithEnvironment(context => SigNozSettings.Configure(signoz, context));

        var parts = new SigNozParts(builder, root);
        var keeper = parts.AddKeeper();
        var functions = parts.AddFunctions();
        var clickHouse = parts.AddClickHouse().WaitFor(keeper).WaitForCompletion(functions);
        var migrator = parts.AddMigrator().WaitFor(clickHouse);
        parts.AddCollector().WaitForCompletion(migrator);
        return root.WaitForCompletion(migrator);
    }

    /// <summary>
    /// Keeps everything in volumes: traces, metrics and logs, users, dashboards and alerts. Folders of the host don't
    /// work, because ClickHouse must own its data.
    /// </summary>
    /// <param name="builder">SigNoz.</param>
    /// <param name="name">What the volumes' names begin with; by default from the application's and the resource's names.</param>
    public static IResourceBuilder<SigNozResource> WithDataVolume(this IResourceBuilder<SigNozResource> builder, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var signoz = builder.Resource;
        Part(signoz.ClickHouse).WithVolume(Volume("clickhouse"), SigNozParts.ClickHouseData);
        Part(signoz.Keeper).WithVolume(Volume("keeper"), SigNozParts.KeeperData);
        return builder.WithVolume(Volume("data"), SigNozParts.SigNozData);

        IResourceBuilder<SigNozPartResource> Part(SigNozPartResource part) => builder.ApplicationBuilder.CreateResourceBuilder(part);
        string Volume(string suffix) => name is null ? VolumeNameGenerator.Generate(builder, suffix) : $"{name}-{suffix}";
    }

    /// <summary>Lets all its containers live on when the application ends, or end with it.</summary>
    /// <param name="builder">SigNoz.</param>
    /// <param name="lifetime">Whose lifetime they have.</param>
    public static IResourceBuilder<SigNozResource> WithStackLifetime(this IResourceBuilder<SigNozResource> builder, ContainerLifetime lifetime)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var container in builder.Resource.Containers)
            builder.ApplicationBuilder.CreateResourceBuilder(container).WithLifetime(lifetime);
        return builder;
    }

    /// <summary>
    /// Makes everybody who reaches it the root user, without signing in, API keys or passwords. For a developer's own
    /// machine; ports are on localhost there.
    /// </summary>
    /// <param name="builder">SigNoz.</param>
    public static IResourceBuilder<SigNozResource> WithoutAuthentication(this IResourceBuilder<SigNozResource> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.IsOpen = true;
        return builder;
    }

    /// <summary>Names the root user.</summary>
    /// <param name="builder">SigNoz.</param>
    /// <param name="email">The mail address to sign in with.</param>
    public static IResourceBuilder<SigNozResource> WithRootUser(this IResourceBuilder<SigNozResource> builder, string email)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(email);
        builder.Resource.RootEmail = email;
        return builder;
    }

    /// <summary>Says how browsers reach the pages, where that is not the endpoint itself: for links, in alerts and elsewhere.</summary>
    /// <param name="builder">SigNoz.</param>
    /// <param name="url">The address, without a slash at the end.</param>
    public static IResourceBuilder<SigNozResource> WithPublicUrl(this IResourceBuilder<SigNozResource> builder, IResourceBuilder<ParameterResource> url)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(url);
        builder.Resource.PublicUrl = ReferenceExpression.Create($"{url}");
        return builder;
    }

    /// <summary>Fixes the ports that OTLP is taken at on the host, for services that run outside the application.</summary>
    /// <param name="builder">SigNoz.</param>
    /// <param name="grpc">The port for gRPC.</param>
    /// <param name="http">The port for HTTP.</param>
    public static IResourceBuilder<SigNozResource> WithOtlpPorts(this IResourceBuilder<SigNozResource> builder, int grpc = 4317, int http = 4318)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ApplicationBuilder.CreateResourceBuilder(builder.Resource.Collector)
            .WithEndpoint(SigNozResource.OtlpGrpcEndpointName, endpoint => endpoint.Port = grpc)
            .WithEndpoint(SigNozResource.OtlpHttpEndpointName, endpoint => endpoint.Port = http);
        return builder;
    }
}
