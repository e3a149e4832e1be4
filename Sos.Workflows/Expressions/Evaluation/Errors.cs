namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>The error values of evaluation, with their texts.</summary>
internal static class Errors
{
    private const int MostNamesListed = 8;

    internal static CelValue Make(string code, int position, string message) =>
        CelValue.Error(new EvaluationError(code, position, message));

    internal static CelValue Invalid(int position, string message) =>
        Make(CelErrorCodes.InvalidArgument, position, message);

    internal static CelValue Overflow(int position, string what) =>
        Make(CelErrorCodes.Overflow, position, $"{what} is out of range.");

    internal static CelValue UnknownVariable(int position, string name, ICelVariables variables) =>
        CelValue.Error(new EvaluationError(
            CelErrorCodes.UnknownVariable,
            position,
            $"There is no variable '{name}'.",
            () => Hint(name, variables.Names.ToList(), "Variables here:")));

    internal static CelValue NoSuchField(int position, string? path, string key, CelValue map)
    {
        var where = path is null ? "The map" : $"'{path}'";
        return CelValue.Error(new EvaluationError(
            CelErrorCodes.NoSuchField,
            position,
            $"{where} has no field '{Shorten(key)}'.",
            () => Hint(key, Values.Collections.TextKeys(map).Take(1_000).ToList(), "It has:", path)));
    }

    internal static CelValue NoSuchKey(int position, in CelValue key) =>
        Make(CelErrorCodes.NoSuchField, position, $"The map has no key {Describe(key)}.");

    internal static CelValue NoOperator(int position, string symbol, in CelValue left, in CelValue right) => Make(
        CelErrorCodes.NoSuchOverload,
        position,
        $"'{symbol}' does not work between {WithArticle(left.Type)} and {WithArticle(right.Type)}.{ConversionHint(left, right)}");

    internal static CelValue NotBool(int position, string where, in CelValue found) => Make(
        CelErrorCodes.NoSuchOverload, position, $"{where} needs a bool, but found {WithArticle(found.Type)}.");

    internal static CelValue NoOverload(int position, string function, string accepted, params ReadOnlySpan<CelValue> found)
    {
        var types = string.Join(", ", found.ToArray().Select(value => CelTypes.ShortNameOf(value.Type)));
        return Make(
            CelErrorCodes.NoSuchOverload,
            position,
            $"'{function}' does not accept ({types}). It is used as {accepted}.");
    }

    /// <summary>A type's name with its article, such as <c>an int</c>.</summary>
    internal static string WithArticle(CelType type)
    {
        var name = CelTypes.ShortNameOf(type);
        return type switch
        {
            CelType.Null or CelType.Bytes => name,
            CelType.Int or CelType.Optional => $"an {name}",
            _ => $"a {name}",
        };
    }

    /// <summary>A key as it would be written, shortened.</summary>
    internal static string Describe(in CelValue key) => key.Type switch
    {
        CelType.String => $"'{(key.Text.Length > 60 ? key.Text[..60] + "…" : key.Text)}'",
        _ when MayBeShown(key.Type) => key.ToText(),
        _ => $"of type {CelTypes.ShortNameOf(key.Type)}",
    };

    internal static string? Hint(string name, IReadOnlyList<string> candidates, string listing, string? path = null)
    {
        if (Suggestions.Nearest(name, candidates) is { } near)
            return $"Did you mean '{(path is null ? near : $"{path}.{near}")}'?";
        if (candidates.Count is 0 or > MostNamesListed) return null;
        return $"{listing} {string.Join(", ", candidates.Order(StringComparer.Ordinal).Select(Shorten))}.";
    }

    private static string Shorten(string name) => name.Length > 60 ? name[..60] + "…" : name;

    private static bool MayBeShown(CelType type) => type.IsNumber() || type is CelType.Bool or CelType.Null;

    private static string ConversionHint(in CelValue left, in CelValue right)
    {
        if (left.Type.IsNumber() && right.Type.IsNumber() && left.Type != right.Type)
            return " Convert one of them with int(), uint() or double().";
        return (left.Type == CelType.String && MayBeShown(right.Type) && right.Type != CelType.Null)
            || (right.Type == CelType.String && MayBeShown(left.Type) && left.Type != CelType.Null)
            ? " Convert the other one with string()."
            : "";
    }
}
