namespace Sos.Workflows.Models;

/// <summary>Prices of one owner: a workspace's own, or the public ones.</summary>
internal sealed class PriceList(IReadOnlyCollection<ModelPrice> prices)
{
    private readonly ILookup<string, ModelPrice> byProvider = prices.ToLookup(p => p.Provider, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The price of a model at a time: a row with the model's very name goes before patterns, among patterns the one
    /// that fixes the most characters, among rows of one name the latest that is valid by then.
    /// </summary>
    public ModelPrice? Find(string provider, string model, DateTimeOffset at)
    {
        ModelPrice? best = null;
        foreach (var price in byProvider[provider])
        {
            if (price.ValidFrom <= at && ModelPattern.Matches(price.Model, model) && (best is null || IsCloser(price, best)))
                best = price;
        }
        return best;
    }

    private static bool IsCloser(ModelPrice price, ModelPrice other)
    {
        var exact = !ModelPattern.HasWildcard(price.Model);
        if (exact != !ModelPattern.HasWildcard(other.Model))
            return exact;
        var length = ModelPattern.LiteralLength(price.Model).CompareTo(ModelPattern.LiteralLength(other.Model));
        if (length != 0)
            return length > 0;
        // Two patterns of one length: the order of their text decides, so that the answer never depends on the rows' order.
        var text = string.CompareOrdinal(price.Model, other.Model);
        return text != 0 ? text < 0 : price.ValidFrom > other.ValidFrom;
    }
}
