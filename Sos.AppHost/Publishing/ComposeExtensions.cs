using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Sos.AppHost.Publishing;

/// <summary>What <c>aspire publish</c> writes for Docker Compose: the containers of deploy/compose.</summary>
internal static class ComposeExtensions
{
    /// <summary>The user that chiseled images run as.</summary>
    private const string ImageUser = "1654:1654";

    private const string FilesVolume = "sos-files";
    private const string FilesFolder = "/files";

    /// <summary>Adds the environment; in a run there is nothing to see of it.</summary>
    public static void AddCompose(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> migrations,
        IResourceBuilder<ProjectResource> executors,
        IResourceBuilder<ProjectResource> api)
    {
        builder.AddDockerComposeEnvironment("compose")
            .WithDashboard(dashboard => dashboard.WithImage("dotnet/aspire-dashboard", "13.5").WithImageRegistry("mcr.microsoft.com").WithHostPort(18888))
            .WithProperties(environment => environment.DefaultNetworkName = "sos")
            .ConfigureComposeFile(AddFilesVolume)
            .ConfigureEnvFile(variables => variables.Remove("SIGNOZ_DASHBOARDS_IMAGE"));

        migrations.PublishAsDockerComposeService((_, service) =>
        {
            Confine(service, restart: "on-failure");
            if (service.DependsOn.TryGetValue("postgres", out var postgres))
                postgres.Condition = "service_healthy"; // it may only fail for good, because others wait for its success
        });
        executors.PublishAsDockerComposeService((_, service) =>
        {
            Confine(service, restart: "unless-stopped");
            Share(service);
            // Running nodes finish, the rest is handed back: StopGrace, CancelGrace and what is left to write.
            service.StopGracePeriod = "40s";
            service.Deploy = new Deploy { Replicas = executors.Resource.GetReplicaCount(), Resources = Limits("2", "1G") };
        });
        api.PublishAsDockerComposeService((_, service) =>
        {
            Confine(service, restart: "unless-stopped");
            Share(service);
            service.Deploy = new Deploy { Resources = Limits("2", "1G") };
        });
        foreach (var dashboards in builder.Resources.OfType<ProjectResource>().Where(project => project.Name == "signoz-dashboards"))
            builder.CreateResourceBuilder(dashboards).PublishAsDockerComposeService((_, service) =>
            {
                Confine(service, restart: "on-failure");
                service.Image = "${SOS_MIGRATIONS_IMAGE}"; // the same program
            });
        foreach (var signoz in builder.Resources.OfType<SigNozResource>())
        {
            foreach (var lasting in (ContainerResource[])[signoz, signoz.Keeper, signoz.ClickHouse, signoz.Collector])
                builder.CreateResourceBuilder(lasting).PublishAsDockerComposeService((_, service) => service.Restart = "unless-stopped");
        }
        foreach (var postgres in builder.Resources.OfType<PostgresServerResource>())
            builder.CreateResourceBuilder(postgres).PublishAsDockerComposeService((_, service) =>
            {
                service.Restart = "unless-stopped";
                service.Healthcheck = new Healthcheck { Test = ["CMD-SHELL", "pg_isready -U postgres -d sos"], Interval = "2s", Timeout = "3s", Retries = 60, StartPeriod = "5s" };
            });
    }

    /// <summary>Nothing to write to but memory, no rights but its user's.</summary>
    private static void Confine(Service service, string restart)
    {
        service.Restart = restart;
        service.ReadOnly = true;
        service.Tmpfs = ["/tmp"];
        service.CapDrop = ["ALL"];
        service.SecurityOpt = ["no-new-privileges:true"];
    }

    private static void Share(Service service)
    {
        service.Environment["Sos__Files__Folder"] = FilesFolder;
        service.AddVolume(new Volume { Name = FilesVolume, Source = FilesVolume, Target = FilesFolder, Type = "volume" });
        service.DependsOn[FilesVolume] = new ServiceDependency { Condition = "service_completed_successfully" };
    }

    /// <summary>A fresh volume is root's; the services' user must own the one for files.</summary>
    private static void AddFilesVolume(ComposeFile file)
    {
        file.AddVolume(new Volume { Name = FilesVolume, Driver = "local" });
        var owner = new Service
        {
            Name = FilesVolume,
            Image = "docker.io/library/busybox:1.37",
            Command = ["chown", ImageUser, FilesFolder],
            NetworkMode = "none",
        };
        owner.AddVolume(new Volume { Name = FilesVolume, Source = FilesVolume, Target = FilesFolder, Type = "volume" });
        file.AddService(owner);
    }

    private static Resources Limits(string cpus, string memory) => new() { Limits = new ResourceSpec { Cpus = cpus, Memory = memory } };
}
