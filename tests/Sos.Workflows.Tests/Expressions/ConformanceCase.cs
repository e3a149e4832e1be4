using System.Globalization;
using System.Text.Json;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>One case of the CEL specification's conformance suite, with typed values.</summary>
internal sealed record ConformanceCase(string File, string Section, string Name, string Source, JsonElement Json)
{
    public override string ToString() => $"{File}/{Section}/{Name}: {Source}";

    /// <summary>Null when the case passes, otherwise what came out instead.</summary>
    internal string? Run()
    {
        var variables = new CelVariables();
        if (Json.TryGetProperty("bindings", out var bindings))
        {
            foreach (var binding in bindings.EnumerateObject()) variables[binding.Name] = ToValue(binding.Value);
        }

        var mustFail = Json.TryGetProperty("error", out var error);
        CelValue actual;
        try
        {
            actual = CelExpression.Parse(Source).Evaluate(variables, CelContext.Default);
        }
        catch (CelException e)
        {
            return mustFail ? null : $"failed: {e.Error}";
        }

        if (mustFail) return $"gave {Describe(actual)} instead of the error '{error.GetString()}'";
        var expected = ToValue(Json.GetProperty("value"));
        return AreSame(expected, actual) ? null : $"gave {Describe(actual)} instead of {Describe(expected)}";
    }

    /// <summary>Same type and value, in depth; two NaNs are the same.</summary>
    private static bool AreSame(CelValue expected, CelValue actual)
    {
        if (expected.Type != actual.Type) return false;
        switch (expected.Type)
        {
            case CelType.Double:
                var (x, y) = (expected.AsDouble(), actual.AsDouble());
                return double.IsNaN(x) ? double.IsNaN(y) : x.Equals(y) && double.IsNegative(x) == double.IsNegative(y);
            case CelType.List:
                var (items, others) = (Items(expected), Items(actual));
                return items.Count == others.Count && items.Zip(others).All(pair => AreSame(pair.First, pair.Second));
            case CelType.Map:
                var (entries, found) = (Entries(expected), Entries(actual));
                return entries.Count == found.Count && entries.All(entry =>
                    found.Any(other => AreSame(entry.Key, other.Key) && AreSame(entry.Value, other.Value)));
            default:
                return expected.Equals(actual);
        }
    }

    private static List<CelValue> Items(CelValue list) => [.. list.ListItems];

    private static List<KeyValuePair<CelValue, CelValue>> Entries(CelValue map) =>
        [.. map.MapObject.Keys.Zip(map.MapObject.Values, KeyValuePair.Create)];

    private static string Describe(CelValue value) => value.Type switch
    {
        CelType.List => $"[{string.Join(", ", Items(value).Select(Describe))}]",
        CelType.Map => $"{{{string.Join(", ", Entries(value).Select(entry => $"{Describe(entry.Key)}: {Describe(entry.Value)}"))}}}",
        _ => $"{value.Type} {value}",
    };

    private static CelValue ToValue(JsonElement typed)
    {
        var (kind, json) = typed.EnumerateObject().Select(property => (property.Name, property.Value)).Single();
        return kind switch
        {
            "int" => CelValue.From(long.Parse(json.GetString()!, CultureInfo.InvariantCulture)),
            "uint" => CelValue.From(ulong.Parse(json.GetString()!, CultureInfo.InvariantCulture)),
            "double" => CelValue.From(ToDouble(json.GetString()!)),
            "string" => CelValue.From(json.GetString()),
            "bytes" => CelValue.From(json.GetBytesFromBase64()),
            "bool" => CelValue.From(json.GetBoolean()),
            "null" => CelValue.Null,
            "list" => CelValue.FromList([.. json.EnumerateArray().Select(ToValue)]),
            "map" => ToMap(json),
            "type" => CelValue.TypeNamed(json.GetString()!),
            "duration" => CelValue.Duration((json[0].GetInt64() * 1_000_000_000) + json[1].GetInt64()),
            "timestamp" => CelValue.Timestamp(json[0].GetInt64(), json[1].GetInt32()),
            _ => throw new NotSupportedException($"The case has a value of the unknown kind '{kind}'."),
        };
    }

    private static CelValue ToMap(JsonElement entries)
    {
        var map = new Sos.Workflows.Expressions.Values.CelMapBuilder();
        foreach (var entry in entries.EnumerateArray()) Assert.True(map.TryAdd(ToValue(entry[0]), ToValue(entry[1])));
        return map.ToValue();
    }

    private static double ToDouble(string text) => text.ToLowerInvariant() switch
    {
        "inf" or "infinity" or "+inf" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
