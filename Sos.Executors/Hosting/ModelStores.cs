using Npgsql;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Executors.Hosting;

/// <summary>What nodes read of the database: credentials, connectors, and about models connections, prices, budgets, settings and conversations.</summary>
internal static class ModelStores
{
    /// <summary>Adds the stores; they work on the executor's data source.</summary>
    public static void AddModelStores(this IServiceCollection services, string dataSourceKey)
    {
        services.AddSingleton(provider => new ProviderConnections(Source(provider), provider.GetRequiredService<KeyRing>()));
        services.AddSingleton(provider => new CredentialVault(Source(provider), provider.GetRequiredService<KeyRing>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CredentialSignInVault(Source(provider), provider.GetRequiredService<KeyRing>()));
        services.AddSingleton(provider => new WorkspaceConnectors(Source(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ModelPrices(Source(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new BudgetGuard(Source(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ModelContentSetting(Source(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new Conversations(Source(provider)));
        services.AddSingleton(provider => new WorkflowVersions(Source(provider)));

        NpgsqlDataSource Source(IServiceProvider provider) => provider.GetRequiredKeyedService<NpgsqlDataSource>(dataSourceKey);
    }
}
