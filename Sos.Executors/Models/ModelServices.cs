using Microsoft.Extensions.DependencyInjection.Extensions;
using Sos.Executors.Models.Calls;
using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;
using Sos.Executors.Models.Providers;
using Sos.Executors.Models.Providers.Anthropic;
using Sos.Executors.Models.Providers.Demo;
using Sos.Executors.Models.Providers.Local;
using Sos.Executors.Models.Providers.OpenAI;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Models;

/// <summary>Registers what calls models.</summary>
internal static class ModelServices
{
    /// <summary>Adds <see cref="ModelCalls"/> and the kinds of providers; needs the host's configuration and the executor's stores.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.AddOptions<ModelOptions>().BindConfiguration(ModelOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddProvider<OpenAIProvider>();
        services.AddProvider<OpenAICompatibleProvider>();
        services.AddProvider<AzureOpenAIProvider>();
        services.AddProvider<AnthropicProvider>();
        services.AddProvider<DemoProvider>();
        services.AddProvider<LocalProvider>();
        services.TryAddSingleton(s => GenAiConventions.Read(s.GetRequiredService<IConfiguration>()[GenAiConventions.Setting]));
        services.TryAddSingleton(s => ContentCapture.Read(s.GetRequiredService<IConfiguration>()[ContentCapture.Setting]));
        services.TryAddSingleton<ModelMetrics>();
        services.TryAddSingleton<ModelReservations>();
        services.TryAddSingleton<ModelConnections>();
        services.TryAddSingleton<ModelClients>();
        services.TryAddSingleton<ModelLedger>();
        services.TryAddSingleton<ModelRecorder>();
        services.TryAddSingleton<ModelCalls>();
        return services;
    }

    /// <summary>Adds a kind of provider.</summary>
    public static IServiceCollection AddProvider<T>(this IServiceCollection services)
        where T : ModelProvider
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ModelProvider, T>());
        return services;
    }
}
