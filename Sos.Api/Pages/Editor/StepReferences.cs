using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sos.Workflows.Expressions;

namespace Sos.Api.Pages.Editor;

/// <summary>The <c>steps.id</c> in expressions: which there are, and writing other ids into them.</summary>
internal static partial class StepReferences
{
    /// <summary>The ids that the expressions in a value name.</summary>
    public static IReadOnlyList<string> In(JsonNode? value)
    {
        var ids = new List<string>();
        Visit(value, text =>
        {
            ids.AddRange(Of(text).Select(r => r.Path[1]));
            return text;
        });
        return [.. ids.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Writes new ids for old ones in every expression of a value, which is changed in place. A text that is no sound template stays as it is.</summary>
    /// <param name="value">A config, an output or any part of them.</param>
    /// <param name="ids">New ids by old ones.</param>
    public static void Rename(JsonNode? value, IReadOnlyDictionary<string, string> ids) => Visit(value, text => Rename(text, ids));

    /// <summary>Writes new ids for old ones in one text.</summary>
    public static string Rename(string text, IReadOnlyDictionary<string, string> ids)
    {
        var references = Of(text).Where(r => ids.ContainsKey(r.Path[1])).OrderByDescending(r => r.Position).ToList();
        if (references.Count == 0)
            return text;
        var result = new StringBuilder(text);
        foreach (var reference in references)
        {
            var written = text.Substring(reference.Position, reference.Length);
            if (Step().Match(written) is not { Success: true } step)
                continue;
            var id = ids[reference.Path[1]];
            var optional = step.Value.Contains('?');
            var renamed = "steps" + (PlainName().IsMatch(id) && !step.Groups["quoted"].Success ? (optional ? ".?" : ".") + id : (optional ? "[?\"" : "[\"") + id + "\"]");
            result.Remove(reference.Position, step.Length).Insert(reference.Position, renamed);
        }
        return result.ToString();
    }

    /// <summary>Whether a name may stand behind a dot.</summary>
    public static bool IsPlain(string name) => PlainName().IsMatch(name);

    private static IEnumerable<CelReference> Of(string text) =>
        text.Contains("{{", StringComparison.Ordinal) && text.Contains("steps", StringComparison.Ordinal)
        && Template.TryCompile(JsonSerializer.SerializeToElement(text, EditorTextJson.Default.String), null, out var template, out _)
            ? template.References.Select(r => r.Reference).Where(r => r.Root == "steps" && r.Path.Count > 1)
            : [];

    private static void Visit(JsonNode? value, Func<string, string> change)
    {
        switch (value)
        {
            case JsonObject o:
                foreach (var name in o.Select(p => p.Key).ToList())
                {
                    if (Changed(o[name], change) is { } text)
                        o[name] = text;
                    else
                        Visit(o[name], change);
                }
                break;
            case JsonArray a:
                for (var i = 0; i < a.Count; i++)
                {
                    if (Changed(a[i], change) is { } text)
                        a[i] = text;
                    else
                        Visit(a[i], change);
                }
                break;
        }
    }

    private static string? Changed(JsonNode? value, Func<string, string> change) =>
        EditorJson.Text(value) is { } text && change(text) is var changed && !ReferenceEquals(changed, text) ? changed : null;

    [GeneratedRegex("""^steps\s*(?:\.\s*\??\s*(?:`[^`]*`|\w+)|(?<quoted>\[\s*\??\s*(?:"[^"]*"|'[^']*')\s*\]))""", RegexOptions.CultureInvariant)]
    private static partial Regex Step();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class EditorTextJson : System.Text.Json.Serialization.JsonSerializerContext;
