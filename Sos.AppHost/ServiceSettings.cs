namespace Sos.AppHost;

/// <summary>Settings that several services share, or that depend on where they run.</summary>
internal static class ServiceSettings
{
    /// <summary>Of what it refers to, a service gets connection strings and addresses, and no copies of their parts.</summary>
    public static IResourceBuilder<ProjectResource> WithServiceDefaults(this IResourceBuilder<ProjectResource> service) =>
        service.WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.ServiceDiscovery);

    /// <summary>In a run, a folder of this user for the files of workflows. A deployment mounts one, or names a bucket.</summary>
    public static IResourceBuilder<ProjectResource> WithFiles(this IResourceBuilder<ProjectResource> service, Situation situation)
    {
        if (situation.Target != Target.Run)
            return service;
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return service.WithEnvironment("Sos__Files__Folder", Path.Combine(data, "sos", situation.Instance, "files"));
    }

    /// <summary>How browsers reach the API: its own address in a run, what the operator says where a proxy may stand before it.</summary>
    public static IResourceBuilder<ProjectResource> WithPublicUrl(this IResourceBuilder<ProjectResource> api, Situation situation) => situation.Target == Target.Compose
        ? api.WithEnvironment("Sos__PublicUrl", api.ApplicationBuilder.AddParameter("public-url", "http://localhost:5080", publishValueAsDefault: true).WithDescription("How browsers reach SOS."))
        : api.WithEnvironment("Sos__PublicUrl", api.GetEndpoint("http"));
}
