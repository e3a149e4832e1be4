using Sos.Workflows.Store;

namespace Sos.Api.Pages.Traces;

/// <summary>What the model calls of a trace come to.</summary>
/// <param name="ByModel">Sums by provider and model, the dearest first.</param>
internal sealed record TraceSums(IReadOnlyList<TraceSums.Model> ByModel)
{
    /// <summary>US dollars, without calls whose price is unknown.</summary>
    public decimal CostUsd => ByModel.Sum(m => m.CostUsd);

    /// <summary>Tokens in and out.</summary>
    public long Tokens => ByModel.Sum(m => m.InputTokens + m.OutputTokens);

    /// <summary>Adds calls up.</summary>
    public static TraceSums Of(IReadOnlyList<ModelCost> calls) => new(
        [.. calls.GroupBy(c => (c.Provider, c.Model))
            .Select(g => new Model(g.Key.Provider, g.Key.Model, g.Count(), g.Sum(c => c.InputTokens ?? 0), g.Sum(c => c.OutputTokens ?? 0), g.Sum(c => c.CostUsd ?? 0), g.Count(c => c.CostUsd is null)))
            .OrderByDescending(m => m.CostUsd).ThenBy(m => m.Name, StringComparer.Ordinal)]);

    /// <summary>The calls of one model.</summary>
    /// <param name="Provider">Who serves it.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Calls">How many calls.</param>
    /// <param name="InputTokens">Tokens in.</param>
    /// <param name="OutputTokens">Tokens out.</param>
    /// <param name="CostUsd">US dollars.</param>
    /// <param name="Unpriced">Calls whose price is unknown.</param>
    internal sealed record Model(string Provider, string Name, int Calls, long InputTokens, long OutputTokens, decimal CostUsd, int Unpriced);
}
