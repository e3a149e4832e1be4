using Microsoft.Extensions.Caching.Memory;
using Sos.Workflows.Graph;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>Plans of workflow versions. A version never changes, so a plan is made once and kept while it is used.</summary>
internal sealed class PlanCache(WorkflowVersions versions, NodeCatalog catalog) : IDisposable
{
    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    /// <summary>Gets the plans of some versions, or why one can't be run.</summary>
    public async Task<IReadOnlyDictionary<Guid, PlanOrError>> GetAsync(IEnumerable<Guid> versionIds, CancellationToken cancellationToken)
    {
        var plans = new Dictionary<Guid, PlanOrError>();
        List<Guid>? missing = null;
        foreach (var id in versionIds)
        {
            if (cache.TryGetValue(id, out PlanOrError? plan))
                plans[id] = plan!;
            else
                (missing ??= []).Add(id);
        }
        if (missing is not null)
        {
            var definitions = await versions.ReadAsync(missing, cancellationToken);
            foreach (var id in missing.Distinct())
                plans[id] = definitions.TryGetValue(id, out var definition) ? Add(id, definition) : new PlanOrError(null, "The workflow's version is gone.");
        }
        return plans;
    }

    public void Dispose() => cache.Dispose();

    private PlanOrError Add(Guid id, System.Text.Json.JsonElement definition)
    {
        PlanOrError plan;
        try
        {
            plan = new PlanOrError(WorkflowPlan.Compile(definition, catalog), null);
        }
        catch (InvalidDefinitionException e)
        {
            plan = new PlanOrError(null, e.Message);
        }
        return cache.Set(id, plan, new MemoryCacheEntryOptions { Size = plan.Plan?.NodeCount + 1 ?? 1, SlidingExpiration = TimeSpan.FromMinutes(30) });
    }
}

/// <summary>A plan, or why there is none.</summary>
internal sealed record PlanOrError(WorkflowPlan? Plan, string? Error);
