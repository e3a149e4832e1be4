using System.Globalization;
using System.Text.Json;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>Checks the expressions of a graph: that they can be parsed, and that what they read can be there.</summary>
internal sealed class ExpressionCheck(Dictionary<string, NodeDraft> nodesById, ProblemList problems)
{
    private const int ExcerptRadius = 20;

    private readonly ReferenceCheck references = new(nodesById, problems);

    public void Check(GraphDraft graph)
    {
        foreach (var node in graph.Nodes)
        {
            if (node.Config is { } config)
                CheckConfig(node, config);
        }
        if (graph.Json.TryGetProperty("output", out var output))
            Check(output, graph.Pointer + "/output", new Place(graph, null));
    }

    private void CheckConfig(NodeDraft node, JsonElement config)
    {
        var place = new Place(node.Graph, node);
        if (node.Type is not { } type || type is { BodyProperty: null, ToolsProperty: null } || config.ValueKind != JsonValueKind.Object)
        {
            Check(config, node.ConfigPointer, place);
            return;
        }
        // A body's expressions are those of its nodes.
        foreach (var property in config.EnumerateObject().Where(p => p.Name != type.BodyProperty))
        {
            var pointer = JsonPointer.Append(node.ConfigPointer, property.Name);
            if (property.Name == type.ToolsProperty && property.Value.ValueKind == JsonValueKind.Array)
                CheckTools(property.Value, pointer, place);
            else
                Check(property.Value, pointer, place);
        }
    }

    /// <summary>A tool's config is evaluated when a model calls it; what stands beside it, before.</summary>
    private void CheckTools(JsonElement tools, string pointer, Place place)
    {
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var at = JsonPointer.Append(pointer, index++);
            if (tool.ValueKind != JsonValueKind.Object)
            {
                Check(tool, at, place);
                continue;
            }
            foreach (var property in tool.EnumerateObject())
                Check(property.Value, JsonPointer.Append(at, property.Name), place with { IsTool = property.Name == "config" });
        }
    }

    private void Check(JsonElement value, string pointer, Place place)
    {
        if (Template.TryCompile(value, null, out var template, out var mistakes))
        {
            references.Check(template.References, pointer, place);
            return;
        }
        foreach (var mistake in mistakes)
            problems.Add(pointer + mistake.Pointer, ProblemCodes.InvalidExpression, Describe(mistake.Error, Text(value, mistake.Pointer)));
        // The sound texts beside a broken one are looked at one by one, unless there is enough to mend already.
        if (mistakes.Count < DefinitionLimits.Problems)
            CheckTexts(value, pointer, place, isWhole: true);
    }

    private void CheckTexts(JsonElement value, string pointer, Place place, bool isWhole = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when !isWhole && Template.TryCompile(value, null, out var template, out _):
                references.Check(template.References, pointer, place);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                    CheckTexts(property.Value, JsonPointer.Append(pointer, property.Name), place);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    CheckTexts(item, JsonPointer.Append(pointer, index++), place);
                break;
        }
    }

    private static string Text(JsonElement value, string pointer) =>
        JsonPointer.TryResolve(value, pointer, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString()! : "";

    /// <summary>The mistake with its place, and what stands around it with a mark in front of the mistake.</summary>
    private static string Describe(CelError error, string text)
    {
        var place = error.Line > 1
            ? string.Create(CultureInfo.InvariantCulture, $"Line {error.Line}, column {error.Column}")
            : string.Create(CultureInfo.InvariantCulture, $"Column {error.Column}");
        var position = Math.Clamp(error.Position, 0, text.Length);
        var start = Math.Max(0, position - ExcerptRadius);
        var end = Math.Min(text.Length, position + ExcerptRadius);
        var before = (start > 0 ? "…" : "") + Part(text, start, position);
        var after = Part(text, position, end) + (end < text.Length ? "…" : "");
        return $"{place}: {error.Message} Here: {before}▸{after}";
    }

    // A pair cut in half would be no text.
    private static string Part(string text, int start, int end) =>
        StorableJson.Clean(text[start..end]).ReplaceLineEndings(" ");
}

/// <summary>Where an expression stands.</summary>
/// <param name="Graph">The graph whose variables it sees.</param>
/// <param name="Node">The node that it belongs to; null for the graph's output.</param>
/// <param name="IsTool">Whether it is evaluated when a model calls a tool, and sees the call's arguments.</param>
internal readonly record struct Place(GraphDraft Graph, NodeDraft? Node, bool IsTool = false);
