using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>All functions, by name, style and number of arguments.</summary>
internal static class FunctionTable
{
    private static readonly FrozenDictionary<(string Name, bool IsMethod, int Arity), Function> All = new[]
    {
        ConversionFunctions.All, StringFunctions.All, TextLists.All, TextFormatting.All, TimeFunctions.All, MathFunctions.All,
        BitFunctions.All, ListFunctions.All, SetFunctions.All, OptionalFunctions.All, EncodingFunctions.All,
        RegexFunctions.All, HostFunctions.All,
    }.SelectMany(functions => functions).ToFrozenDictionary(function => (function.Name, function.IsMethod, function.Arity));

    private static readonly ILookup<string, Function> ByName =
        All.Values.OrderBy(function => function.Arity).ToLookup(function => function.Name, StringComparer.Ordinal);

    /// <summary>Names of macros, for suggestions.</summary>
    private static readonly string[] MethodMacros =
    [
        "all", "exists", "exists_one", "existsOne", "filter", "map", "transformList", "transformMap", "transformMapEntry",
        "sortBy", "optMap", "optFlatMap", "or", "orValue",
    ];

    private static readonly string[] GlobalMacros = ["has", "cel.bind"];

    /// <summary>What functions of other languages are called here.</summary>
    private static readonly FrozenDictionary<string, string> ForeignNames = new Dictionary<string, string>
    {
        ["count"] = "size()",
        ["len"] = "size()",
        ["length"] = "size()",
        ["lower"] = "lowerAscii()",
        ["toLowerCase"] = "lowerAscii()",
        ["upper"] = "upperAscii()",
        ["toUpperCase"] = "upperAscii()",
        ["includes"] = "contains() or 'in'",
        ["every"] = "all()",
        ["any"] = "exists()",
        ["some"] = "exists()",
        ["toString"] = "string(value)",
        ["str"] = "string()",
        ["parseInt"] = "int()",
        ["fromJson"] = "json()",
        ["parseJson"] = "json()",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The first parts of names such as <c>math.abs</c>.</summary>
    internal static FrozenSet<string> Namespaces { get; } = All.Values
        .Where(function => function.Name.Contains('.'))
        .Select(function => function.Name[..function.Name.IndexOf('.')])
        .Append("cel")
        .ToFrozenSet(StringComparer.Ordinal);

    internal static IEnumerable<Function> Functions => All.Values;

    internal static bool TryFind(string name, bool isMethod, int arity, [NotNullWhen(true)] out Function? function) =>
        All.TryGetValue((name, isMethod, arity), out function)
        || (arity > 0 && All.TryGetValue((name, isMethod, Function.AnyArity), out function));

    /// <summary>Why there is no such function: another style or number of arguments, or another name.</summary>
    internal static string DescribeUnknown(string name, bool isMethod)
    {
        var sameName = ByName[name].ToList();
        var shown = isMethod ? $".{name}()" : $"{name}()";
        if (sameName.Count > 0) return $"'{shown}' is not used like this. Write: {string.Join(", or ", sameName.Select(f => f.Usage).Distinct())}.";
        if (MethodMacros.Contains(name)) return isMethod
            ? $"The macro '{shown}' has another number of arguments."
            : $"'{name}' is written behind a list or map: items.{name}(…).";
        if (GlobalMacros.Contains(name)) return $"The macro '{shown}' has another number of arguments.";

        if (ForeignNames.TryGetValue(name, out var ours)) return $"There is no function '{shown}'. CEL has {ours}.";
        var dot = name.LastIndexOf('.') + 1;
        // Names are compared behind the namespace, which would make all of its functions look near.
        var candidates = All.Values.Where(function => function.IsMethod == isMethod).Select(function => function.Name)
            .Concat(isMethod ? MethodMacros : GlobalMacros)
            .Where(candidate => candidate.LastIndexOf('.') + 1 == dot && candidate.AsSpan(0, dot).SequenceEqual(name.AsSpan(0, dot)))
            .Select(candidate => candidate[dot..]);
        var near = Suggestions.Nearest(name[dot..], candidates) is { } tail ? name[..dot] + tail : null;
        return near is null ? $"There is no function '{shown}'." : $"There is no function '{shown}'. Did you mean '{near}'?";
    }
}
