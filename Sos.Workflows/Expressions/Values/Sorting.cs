using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Values;

/// <summary>Stable sorting of lists whose keys have one type, or are all numbers.</summary>
internal static class Sorting
{
    internal static CelValue Sort(CelValue[] items, CelValue[] keys, int position, ref EvaluationState state)
    {
        keys = Array.ConvertAll(keys, TakeText);
        var size = 0L;
        foreach (var key in keys)
        {
            size += 1 + key.TextSize / 10;
            var isSame = key.Type == keys[0].Type || (key.Type.IsNumber() && keys[0].Type.IsNumber());
            if (isSame && Ordering.TryCompare(key, key, out _)) continue;
            var found = isSame
                ? Errors.WithArticle(key.Type)
                : $"{Errors.WithArticle(keys[0].Type)} and {Errors.WithArticle(key.Type)}";
            return Errors.Make(CelErrorCodes.NoSuchOverload, position, $"A list can be sorted by values of one type that has an order, but found {found}.");
        }

        state.Charge(size * (1 + (long)Math.Log2(items.Length + 1)));
        var order = Enumerable.Range(0, items.Length).ToArray();
        Array.Sort(order, (x, y) =>
        {
            Ordering.TryCompare(keys[x], keys[y], out var compared);
            // NaN sorts before every number; equal keys keep their order.
            var result = compared ?? double.IsNaN(Numbers.ToDouble(keys[y])).CompareTo(double.IsNaN(Numbers.ToDouble(keys[x])));
            return result != 0 ? result : x.CompareTo(y);
        });
        return CelValue.FromList(Array.ConvertAll(order, at => items[at]));
    }

    /// <summary>Text of JSON is read once, not at each comparison.</summary>
    private static CelValue TakeText(CelValue key) =>
        key is { Type: CelType.String, IsJson: true } ? CelValue.From(key.Text) : key;
}
