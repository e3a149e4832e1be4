using System.Reflection;

namespace Aspire.Hosting;

/// <summary>The containers that SigNoz stands on, in the order in which they start.</summary>
internal sealed class SigNozParts(IDistributedApplicationBuilder builder, IResourceBuilder<SigNozResource> root)
{
    public const string SigNozData = "/var/lib/signoz";
    public const string ClickHouseData = "/var/lib/clickhouse";
    public const string KeeperData = "/var/lib/clickhouse-keeper";

    private const string FunctionsFolder = ClickHouseData + "/user_scripts";
    private const string CollectorBinary = "/signoz-otel-collector";
    private const string CollectorConfig = "/etc/otel/collector.yaml";

    // The collector's user is nobody's owner, so what it reads must be readable by all.
    private const UnixFileMode ReadableByAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly SigNozResource _signoz = root.Resource;

    public IResourceBuilder<SigNozPartResource> AddKeeper() =>
        Add(_signoz.Keeper, SigNozContainerImageTags.KeeperImage, SigNozContainerImageTags.ClickHouseTag, "Organization")
            // Started by itself instead of the image's script, it owns the data of a fresh volume.
            .WithEntrypoint("/usr/bin/clickhouse-keeper")
            .WithArgs("--config-file=/etc/clickhouse-keeper/keeper.xml")
            .WithContainerFiles("/etc/clickhouse-keeper", [ConfigFile("keeper.xml")])
            .WithEndpoint(targetPort: 9181, name: SigNozResource.NativeEndpointName)
            .WithHttpEndpoint(targetPort: 9182, name: SigNozResource.HealthEndpointName)
            .WithHttpHealthCheck("/ready", endpointName: SigNozResource.HealthEndpointName);

    public IResourceBuilder<SigNozPartResource> AddFunctions() =>
        Add(_signoz.Functions, SigNozContainerImageTags.ClickHouseImage, SigNozContainerImageTags.ClickHouseTag, "ArrowDownload")
            .WithEntrypoint("/bin/bash")
            .WithArgs("-c", ReadConfig("fetch-functions.sh"))
            .WithVolume(FunctionsVolume, FunctionsFolder);

    public IResourceBuilder<SigNozPartResource> AddClickHouse() =>
        Add(_signoz.ClickHouse, SigNozContainerImageTags.ClickHouseImage, SigNozContainerImageTags.ClickHouseTag, "DatabaseLightning")
            // The default user has no password; only the containers beside it can reach it.
            .WithEnvironment("CLICKHOUSE_SKIP_USER_SETUP", "1")
            .WithContainerFiles("/etc/clickhouse-server/config.d", [ConfigFile("clickhouse.xml", "KEEPER_HOST", _signoz.Keeper)])
            .WithContainerFiles("/etc/clickhouse-server", [ConfigFile("histogram_function.xml")])
            .WithVolume(FunctionsVolume, FunctionsFolder)
            .WithEndpoint(targetPort: 9000, name: SigNozResource.NativeEndpointName)
            .WithHttpEndpoint(targetPort: 8123, name: SigNozResource.HealthEndpointName)
            .WithHttpHealthCheck("/ping", endpointName: SigNozResource.HealthEndpointName);

    public IResourceBuilder<SigNozPartResource> AddMigrator() =>
        AddCollectorImage(_signoz.Migrator, "TableAdd")
            .WithArgs("-c", string.Join(" && ", new[] { "ready", "bootstrap", "sync up", "async up" }.Select(step => $"{CollectorBinary} migrate {step}")));

    public IResourceBuilder<SigNozPartResource> AddCollector() =>
        AddCollectorImage(_signoz.Collector, "ArrowCollapseAll")
            .WithArgs("-c", $"{CollectorBinary} migrate sync check && exec {CollectorBinary} --config={CollectorConfig}")
            .WithEnvironment("GOMEMLIMIT", "400MiB")
            .WithContainerFiles("/etc/otel", [ConfigFile("collector.yaml", "CLICKHOUSE_HOST", _signoz.ClickHouse)])
            .WithEndpoint(targetPort: 4317, scheme: "http", name: SigNozResource.OtlpGrpcEndpointName)
            .WithEndpoint(SigNozResource.OtlpGrpcEndpointName, endpoint => endpoint.Transport = "http2")
            .WithHttpEndpoint(targetPort: 4318, name: SigNozResource.OtlpHttpEndpointName)
            .WithHttpEndpoint(targetPort: 13133, name: SigNozResource.HealthEndpointName)
            .WithHttpHealthCheck("/", endpointName: SigNozResource.HealthEndpointName);

    private string FunctionsVolume => builder.ExecutionContext.IsPublishMode ? $"{_signoz.Name}-functions" : VolumeNameGenerator.Generate(root, "functions");

    private IResourceBuilder<SigNozPartResource> AddCollectorImage(SigNozPartResource part, string icon) =>
        Add(part, SigNozContainerImageTags.CollectorImage, SigNozContainerImageTags.CollectorTag, icon)
            .WithEntrypoint("/bin/sh")
            .WithEnvironment("SIGNOZ_OTEL_COLLECTOR_CLICKHOUSE_DSN", _signoz.ClickHouseDsn)
            .WithEnvironment("SIGNOZ_OTEL_COLLECTOR_CLICKHOUSE_CLUSTER", "cluster")
            .WithEnvironment("SIGNOZ_OTEL_COLLECTOR_CLICKHOUSE_REPLICATION", "true")
            // Ten seconds, the default, are too short for the first start.
            .WithEnvironment("SIGNOZ_OTEL_COLLECTOR_TIMEOUT", "10m");

    private IResourceBuilder<SigNozPartResource> Add(SigNozPartResource part, string image, string tag, string icon) =>
        builder.AddResource(part)
            .WithImage(image, tag)
            .WithImageRegistry(SigNozContainerImageTags.Registry)
            .WithIconName(icon)
            .WithParentRelationship(root);

    /// <summary>A configuration file; where it names another container, by that one's name in their network.</summary>
    private static ContainerFile ConfigFile(string name, string? placeholder = null, IResource? host = null)
    {
        var contents = ReadConfig(name);
        if (placeholder is not null && host is not null)
            contents = contents.Replace(placeholder, host.Name, StringComparison.Ordinal);
        return new ContainerFile { Name = name, Contents = contents, Mode = ReadableByAll };
    }

    private static string ReadConfig(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"signoz/{name}")
            ?? throw new InvalidOperationException($"The configuration {name} is not in this assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
