using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Sos.Executors.Models;

/// <summary>Registers what calls models.</summary>
internal static class ModelServices
{
    /// <summary>Adds <see cref="ModelCalls"/> and the kinds of providers.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.TryAddSingleton<ModelCalls>();
        return services;
    }
}
