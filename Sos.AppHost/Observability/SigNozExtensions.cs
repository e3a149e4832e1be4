using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sos.AppHost.Observability;

/// <summary>SigNoz for SOS, from wherever it comes, beside the Aspire dashboard.</summary>
internal static class SigNozExtensions
{
    private const string Name = "signoz";

    /// <summary>Adds SigNoz, and what gives it SOS's dashboards and alerts. Null where it is left out, which is then said once.</summary>
    public static IResourceBuilder<IResourceWithConnectionString>? AddSosSigNoz(this IDistributedApplicationBuilder builder, Situation situation)
    {
        switch (situation.SigNoz)
        {
            case SigNozSource.Container:
                return AddContainers(builder, situation);
            case SigNozSource.External:
                return AddExternal(builder);
            default:
                builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
                {
                    if (situation.Remark is { } remark)
                        start.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Sos.AppHost").LogSignozLeftOut(remark);
                    return Task.CompletedTask;
                });
                return null;
        }
    }

    /// <summary>Sends a service's telemetry to SigNoz, too. It does not wait for SigNoz: telemetry holds up nothing.</summary>
    public static IResourceBuilder<ProjectResource> WithTelemetryTo(this IResourceBuilder<ProjectResource> service, IResourceBuilder<IResourceWithConnectionString>? signoz) =>
        signoz is null ? service : service.WithReference(signoz, connectionName: Name);

    /// <summary>Tells the API where browsers find a trace in the Aspire dashboard. SigNoz's address is in its connection string.</summary>
    public static IResourceBuilder<ProjectResource> WithTraceLinks(this IResourceBuilder<ProjectResource> api, Situation situation)
    {
        const string Setting = "Sos__Links__Aspire";
        var builder = api.ApplicationBuilder;
        return situation.Target switch
        {
            // The dashboard runs at the application's own address.
            Target.Run when builder.Configuration["ASPNETCORE_URLS"]?.Split(';', StringSplitOptions.RemoveEmptyEntries) is [var dashboard, ..] => api.WithEnvironment(Setting, dashboard),
            Target.Compose => api.WithEnvironment(Setting, builder.AddParameter("dashboard-public-url", "http://localhost:18888", publishValueAsDefault: true).WithDescription("How browsers reach the Aspire dashboard.")),
            _ => api,
        };
    }

    private static IResourceBuilder<SigNozResource> AddContainers(IDistributedApplicationBuilder builder, Situation situation)
    {
        var signoz = builder.AddSigNoz(Name, port: situation.Target == Target.Run ? null : 8080)
            .WithDataVolume(situation.Target == Target.Run ? null : "sos-signoz");
        if (situation.Persistent)
            signoz.WithStackLifetime(ContainerLifetime.Persistent);
        var provisioning = AddProvisioning(builder)
            .WithEnvironment("SigNoz__Url", signoz.Resource.UriExpression)
            .WaitFor(signoz)
            .WithParentRelationship(signoz);
        if (situation.Target == Target.Run)
        {
            signoz.WithoutAuthentication();
        }
        else
        {
            signoz.WithExternalHttpEndpoints()
                .WithPublicUrl(builder.AddParameter("signoz-public-url", "http://localhost:8080", publishValueAsDefault: true).WithDescription("How browsers reach SigNoz."));
            provisioning
                .WithEnvironment("SigNoz__Email", signoz.Resource.RootEmail)
                .WithEnvironment("SigNoz__Password", signoz.Resource.PasswordParameter);
        }
        return signoz;
    }

    /// <summary>
    /// A SigNoz elsewhere: where telemetry goes, and where its pages are. A deployment asks for the keys, too; a run
    /// takes those that are configured, as a SigNoz of one's own needs no ingestion key.
    /// </summary>
    private static IResourceBuilder<IResourceWithConnectionString> AddExternal(IDistributedApplicationBuilder builder)
    {
        var connection = new ReferenceExpressionBuilder();
        connection.Append($"Endpoint={builder.AddParameter("signoz-endpoint").WithDescription("Where telemetry goes, such as https://ingest.eu.signoz.cloud:443")}");
        if (IsGiven("signoz-ingestion-key"))
            connection.Append($";IngestionKey={builder.AddParameter("signoz-ingestion-key", secret: true).WithDescription("SigNoz Cloud's ingestion key")}");
        if (IsGiven("signoz-url"))
        {
            var url = builder.AddParameter("signoz-url").WithDescription("The address of SigNoz's pages, such as https://example.eu.signoz.cloud");
            connection.Append($";Web={url}");
            if (builder.ExecutionContext.IsRunMode && IsGiven("signoz-api-key"))
                AddProvisioning(builder)
                    .WithEnvironment("SigNoz__Url", url)
                    .WithEnvironment("SigNoz__ApiKey", builder.AddParameter("signoz-api-key", secret: true).WithDescription("An API key of a SigNoz administrator, for dashboards and alerts"));
        }
        return builder.AddConnectionString(Name, connection.Build());

        bool IsGiven(string parameter) => builder.ExecutionContext.IsPublishMode || builder.Configuration[$"Parameters:{parameter}"] is { Length: > 0 };
    }

    private static IResourceBuilder<ProjectResource> AddProvisioning(IDistributedApplicationBuilder builder) =>
        builder.AddProject<Projects.Sos_Migrations>($"{Name}-dashboards").WithArgs("signoz").WithIconName("DataTrending");
}
