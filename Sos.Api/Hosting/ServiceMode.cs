using Sos.Executors.Nodes;

namespace Sos.Api.Hosting;

/// <summary>The API as one of several services: the database is given, and other processes migrate it and execute.</summary>
internal static class ServiceMode
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("sos-api");
        builder.AddApi();
        builder.Services.AddNodeCatalog();
        builder.Services.AddSingleton<SchemaState>();
        builder.Services.AddHealthChecks().AddCheck<SchemaHealthCheck>("schema", tags: ["ready"]);
        builder.Services.AddHostedService<SchemaWatch>();
        FirstKey.FromEnvironment(builder.Configuration);
        var app = builder.Build();
        app.UseApi();
        return app;
    }
}
