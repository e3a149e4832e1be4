using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Sos.Executors.Outbound;

/// <summary>Registers what nodes and connectors reach other services with.</summary>
internal static class OutboundServices
{
    /// <summary>Adds <see cref="OutboundGuard"/> and <see cref="OutboundHttp"/>; rules that can't be read stop the host at its start.</summary>
    public static IServiceCollection AddOutbound(this IServiceCollection services)
    {
        services.AddOptions<OutboundOptions>().BindConfiguration(OutboundOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OutboundOptions>, RulesCanBeRead>());
        services.TryAddSingleton<OutboundGuard>();
        services.TryAddSingleton<OutboundHttp>();
        return services;
    }

    private sealed class RulesCanBeRead : IValidateOptions<OutboundOptions>
    {
        public ValidateOptionsResult Validate(string? name, OutboundOptions options)
        {
            string[] problems =
            [
                .. OutboundRule.Problems(options.Allow, "Allow"), .. OutboundRule.Problems(options.Deny, "Deny"), .. OutboundRule.Problems(options.NoProxy, "NoProxy"),
                .. OutboundProxy.Problem(options) is { } problem ? (string[])[problem] : [],
            ];
            return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
