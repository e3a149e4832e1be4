using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Sos.Executors.Engine;
using Sos.Executors.Nodes;
using Sos.Workflows.Store;

namespace Sos.Executors.Hosting;

/// <summary>Puts an executor into a host: its own process, or the API's in single-process mode.</summary>
public static class ExecutorHosting
{
    private const string DataSourceKey = "sos-executor";

    /// <summary>Adds an executor that works on the database <c>ConnectionStrings:sos</c> while the host runs.</summary>
    public static TBuilder AddExecutor<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddKeyedNpgsqlDataSource(DataSourceKey, "sos", source => DatabaseRole.ActAs(source, DatabaseRole.Executor));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddKeyRing();
        builder.Services.AddModelStores(DataSourceKey);
        builder.Services.AddNodes();
        builder.Services.AddNodeCatalog();
        builder.Services.AddOptions<ExecutorOptions>().BindConfiguration(ExecutorOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(services =>
        {
            var source = services.GetRequiredKeyedService<NpgsqlDataSource>(DataSourceKey);
            return new ExecutorStore(
                source,
                new ExecutorRegistry(source),
                new WorkQueue(source),
                new ExecutionHistory(source),
                services.GetRequiredService<WorkflowVersions>(),
                new DueSchedules(source),
                new NotificationListener(source, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<NotificationListener>>()));
        });
        builder.Services.AddSingleton<ExecutorService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ExecutorService>());
        builder.Services.AddHealthChecks().AddCheck<ExecutorHealthCheck>("executor", tags: ["ready"]);
        // The host must outlast the executor's own grace period, or it would be cut off in the middle of it.
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ExecutorOptions>>((host, executor) =>
        {
            var needed = executor.Value.StopGrace + executor.Value.CancelGrace + TimeSpan.FromSeconds(15);
            if (host.ShutdownTimeout < needed)
                host.ShutdownTimeout = needed;
        });
        return builder;
    }
}
