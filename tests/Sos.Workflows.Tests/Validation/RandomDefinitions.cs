using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Sos.Workflows.Tests.Validation;

/// <summary>Random JSON, random valid definitions, and definitions with something in them replaced.</summary>
internal static class RandomDefinitions
{
    private static readonly string[] Names =
    [
        "name", "nodes", "edges", "id", "type", "config", "body", "items", "retry", "delay", "maxAttempts", "timeout", "join", "from", "to", "when",
        "on", "output", "inputSchema", "properties", "$ref", "$defs", "position", "url", "a/b~c", "", "ü\u0000", "\uD800",
    ];

    private static readonly string[] Texts =
    [
        "a", "b", "call", "set", "foreach", "if", "error", "true", "5m", "1x", "https://example.com", "{{ steps.a.x }}", "{{ item", "{{ input }} {{ (", "#", "#/$defs/a",
        "\\u0000", "\uDC00", "", " ", "🐲", "{{ \"}}\" }}",
    ];

    /// <summary>JSON text of any shape, in which the words of definitions are frequent. Not all of it is valid Unicode.</summary>
    public static Gen<string> Json(int depth = 4) => depth == 0 ? Scalar() : Gen.Frequency(
        (2, Scalar()),
        (2, Json(depth - 1).ListOf(4).Select(items => $"[{string.Join(',', items)}]")),
        (3, Gen.Zip(Gen.Elements(Names), Json(depth - 1)).ListOf(5).Select(p => $"{{{string.Join(',', p.Select(x => $"{Quote(x.Item1)}:{x.Item2}"))}}}")));

    /// <summary>A valid workflow whose nodes each read some of their ancestors, with a loop in it.</summary>
    public static Gen<JsonObject> Valid() =>
        from count in Gen.Choose(1, 12)
        from edges in Gen.Zip(Gen.Choose(0, count - 1), Gen.Choose(0, count - 1)).ListOf()
        from order in Gen.Shuffle(Enumerable.Range(0, count))
        from hasLoop in Gen.Elements(true, false)
        select Build(count, [.. edges.Where(e => e.Item1 != e.Item2).Select(e => (Math.Min(e.Item1, e.Item2), Math.Max(e.Item1, e.Item2))).Distinct()], order, hasLoop);

    /// <summary>The same with one value replaced by another, or taken out.</summary>
    public static Gen<string> Broken() =>
        from definition in Valid()
        from replacement in Json(2)
        from place in Gen.Choose(0, int.MaxValue - 1)
        select Replace(definition.ToJsonString(), place, replacement);

    private static Gen<string> Scalar() => Gen.OneOf(
        Gen.Elements("null", "true", "false", "0", "-1", "1.0", "1e5", "1e999", "123456789012345678901234567890"),
        Gen.Elements(Texts).Select(Quote));

    private static JsonObject Build(int count, List<(int From, int To)> edges, int[] order, bool hasLoop)
    {
        var nodes = new JsonArray();
        foreach (var node in order)
        {
            var reads = edges.Where(e => e.To == node).Select(e => $"{{{{ steps.n{e.From}.value }}}}");
            nodes.Add(new JsonObject { ["id"] = $"n{node}", ["type"] = "set", ["config"] = new JsonObject { ["value"] = $"x{string.Concat(reads)}" } });
        }
        if (hasLoop)
        {
            var body = new JsonObject { ["nodes"] = new JsonArray(new JsonObject { ["id"] = "inner", ["type"] = "set", ["config"] = new JsonObject { ["value"] = "{{ [item, index, steps.n0] }}" } }) };
            nodes.Add(new JsonObject { ["id"] = "loop", ["type"] = "foreach", ["config"] = new JsonObject { ["items"] = "{{ steps.n0.list }}", ["body"] = body } });
            edges = [.. edges, (0, count)];
        }
        return new JsonObject
        {
            ["name"] = "random",
            ["nodes"] = nodes,
            ["edges"] = new JsonArray([.. edges.Select(e => (JsonNode)new JsonObject { ["from"] = $"n{e.From}", ["to"] = e.To == count ? "loop" : $"n{e.To}" })]),
            ["output"] = "{{ steps.n0 }}",
        };
    }

    /// <summary>Puts a text in the place of one of the values, counted round.</summary>
    private static string Replace(string json, int place, string replacement)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json));
        var values = new List<(int Start, int End)>();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject or JsonTokenType.PropertyName)
                continue;
            var start = (int)reader.TokenStartIndex;
            var inside = reader;
            inside.Skip();
            values.Add((start, (int)inside.BytesConsumed));
        }
        var (from, to) = values[place % values.Count];
        return json[..from] + replacement + json[to..];
    }

    /// <summary>Written by hand, because a serializer would replace half surrogates.</summary>
    private static string Quote(string text) => $"\"{string.Concat(text.Select(c => c is < ' ' or > '~' or '"' or '\\' ? $"\\u{(int)c:x4}" : c.ToString()))}\"";
}
