using System.Text.Json;
using Sos.Workflows.Expressions;

namespace Sos.Api.Pages.Editor;

/// <summary>What the expressions of a node can see, with the data of a run where there was one.</summary>
internal sealed class KnownData
{
    private static readonly string[] ExecutionFields = ["id", "workflowId", "startedAt", "attempt", "trigger"];

    // What people try out while they type takes milliseconds or is refused.
    private static readonly CelLimits Limits = new() { MaxCost = 200_000, MaxResultBytes = 256 * 1024 };

    private const int LongestValue = 160;

    private readonly Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string? Text, string? Problem)> results = new(StringComparer.Ordinal);

    /// <summary>The nodes whose output can be named.</summary>
    public required IReadOnlyList<string> Steps { get; init; }

    /// <summary>Names of the input's properties that its schema tells of.</summary>
    public IReadOnlyList<string> InputNames { get; init; } = [];

    /// <summary>Whether the node runs for items.</summary>
    public bool HasItem { get; init; }

    /// <summary>Whether there is data of a run.</summary>
    public bool HasData => variables.Count > 0;

    /// <summary>What expressions can begin with.</summary>
    public IReadOnlyList<string> Variables => HasItem ? ["input", "steps", "execution", "item", "index"] : ["input", "steps", "execution"];

    /// <summary>Gives a variable its value.</summary>
    public KnownData With(string name, JsonElement? value)
    {
        if (value is { } given)
            variables[name] = given;
        return this;
    }

    /// <summary>A variable's value; null where it has none.</summary>
    public JsonElement? this[string name] => variables.TryGetValue(name, out var value) ? value : null;

    /// <summary>The names behind a path, each with its value in the run.</summary>
    public IEnumerable<(string Name, string About)> Members(IReadOnlyList<string> path)
    {
        var value = Resolve(path);
        IEnumerable<string> names = path switch
        {
            ["steps"] => Steps,
            ["execution"] => ExecutionFields,
            ["input"] => InputNames,
            _ => [],
        };
        if (value is { ValueKind: JsonValueKind.Object } o && path is not ["steps"])
            names = names.Concat(o.EnumerateObject().Select(p => p.Name));
        return names.Distinct(StringComparer.Ordinal).Select(name => (name, Describe([.. path, name])));
    }

    /// <summary>A path's value in the run, short; empty where it has none.</summary>
    public string Describe(IReadOnlyList<string> path) => Resolve(path) is { } value ? Short(value) : "";

    /// <summary>What a text comes to with the run's data.</summary>
    /// <returns>The value, short, or what is wrong; neither where the text has no expression or there is no data.</returns>
    public (string? Value, string? Problem) Evaluate(string text, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!HasData || !text.Contains("{{", StringComparison.Ordinal))
            return default;
        if (results.TryGetValue(text, out var known))
            return known;
        if (results.Count > 500)
            results.Clear();
        return results[text] = Render(text, time, cancellationToken);
    }

    private (string?, string?) Render(string text, TimeProvider time, CancellationToken cancellationToken)
    {
        // What is wrong with the text itself, validation says.
        if (!Template.TryCompile(JsonSerializer.SerializeToElement(text, EditorTextJson.Default.String), new TemplateOptions { Limits = Limits }, out var template, out _) || template.IsConstant)
            return default;
        var given = new CelVariables();
        foreach (var (name, value) in variables)
            given.Add(name, value);
        try
        {
            return (Short(template.Render(given, new CelContext { TimeProvider = time, Limits = Limits, CancellationToken = cancellationToken })), null);
        }
        catch (TemplateException e)
        {
            return (null, e.Message);
        }
    }

    private JsonElement? Resolve(IReadOnlyList<string> path)
    {
        if (path.Count == 0 || !variables.TryGetValue(path[0], out var value))
            return null;
        foreach (var name in path.Skip(1))
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var property))
                value = property;
            else if (value.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < value.GetArrayLength())
                value = value[index];
            else
                return null;
        }
        return value;
    }

    private static string Short(JsonElement value)
    {
        var text = value.GetRawText();
        if (text.Length <= LongestValue)
            return text;
        var cut = char.IsHighSurrogate(text[LongestValue - 1]) ? LongestValue - 1 : LongestValue;
        return text[..cut] + "…";
    }
}
