using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary>Compiles one schema document and reports every mistake in it.</summary>
internal sealed class SchemaCompiler(JsonElement root)
{
    private const int MaxDepth = 128;
    private const int MaxSchemas = 10_000;
    private const int MaxPatterns = 200;
    private const int MaxProblems = 100;

    private readonly Dictionary<string, SchemaNode> byPointer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaNode> byAnchor = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaPattern?> patterns = new(StringComparer.Ordinal);
    private readonly List<RefKeyword> references = [];
    private readonly List<JsonProblem> problems = [];
    private string? id;
    private int depth;

    public IReadOnlyList<JsonProblem> Problems => problems;

    /// <summary>Compiles the whole document.</summary>
    public SchemaNode Compile()
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("$id", out var value) && value.ValueKind == JsonValueKind.String)
            id = value.GetString()!.TrimEnd('#');
        var node = Compile(root, "");
        // A reference may lead to a place that is no schema's by itself, which then refers on.
        for (var i = 0; i < references.Count; i++)
            Resolve(references[i]);
        if (problems.Count == 0)
            RefuseLoops();
        return node;
    }

    /// <summary>Compiles the schema at a place, once.</summary>
    public SchemaNode Compile(JsonElement schema, string pointer)
    {
        if (byPointer.TryGetValue(pointer, out var known))
            return known;
        var node = byPointer[pointer] = new SchemaNode(pointer);
        if (schema.ValueKind is JsonValueKind.True)
            return node;
        if (schema.ValueKind is JsonValueKind.False)
            node.Keywords = [FalseKeyword.Instance];
        else if (schema.ValueKind is not JsonValueKind.Object)
            Report(pointer, JsonProblemCodes.InvalidSchema, $"A schema must be an object, true or false, but is {JsonWords.Describe(schema)}.");
        else if (depth >= MaxDepth || byPointer.Count > MaxSchemas)
            Report(pointer, JsonProblemCodes.TooComplex, $"A schema may nest {MaxDepth} deep and hold {MaxSchemas} subschemas.");
        else
        {
            depth++;
            node.Keywords = CompileKeywords(schema, node);
            depth--;
        }
        return node;
    }

    /// <summary>Compiles a regular expression; null when it can't be used, which is reported.</summary>
    public SchemaPattern? Pattern(string pattern, string pointer)
    {
        if (patterns.TryGetValue(pattern, out var known))
            return known;
        if (patterns.Count >= MaxPatterns)
        {
            Report(pointer, JsonProblemCodes.TooComplex, $"A schema may hold {MaxPatterns} different patterns.");
            return null;
        }
        if (!SchemaPattern.TryCreate(pattern, out var compiled, out var problem))
            Report(pointer, JsonProblemCodes.InvalidSchema, problem);
        return patterns[pattern] = compiled;
    }

    /// <summary>Makes a reference, which is resolved when the document has been read.</summary>
    public RefKeyword Reference(string target, string pointer)
    {
        var reference = new RefKeyword(target, pointer);
        references.Add(reference);
        return reference;
    }

    public void Report(string pointer, string code, string message)
    {
        if (problems.Count < MaxProblems)
            problems.Add(new JsonProblem(pointer, code, message));
    }

    private List<Keyword> CompileKeywords(JsonElement schema, SchemaNode node)
    {
        var keywords = new List<Keyword>();
        foreach (var (name, compile) in KeywordTable.InOrder)
        {
            if (schema.TryGetProperty(name, out var value) && compile(new KeywordSource(this, schema, node.Pointer, name, value)) is { } keyword)
                keywords.Add(keyword);
        }
        if (schema.TryGetProperty("$anchor", out var anchor) && anchor.ValueKind == JsonValueKind.String && !byAnchor.TryAdd(anchor.GetString()!, node))
            Report(JsonPointer.Append(node.Pointer, "$anchor"), JsonProblemCodes.InvalidSchema, $"The anchor '{anchor.GetString()}' is there twice.");
        if (schema.TryGetProperty("writeOnly", out var writeOnly))
            node.IsWriteOnly = writeOnly.ValueKind == JsonValueKind.True;
        if (schema.TryGetProperty("x-problem", out var problem) && problem.ValueKind == JsonValueKind.Object)
        {
            node.ProblemCode = problem.TextMember("code");
            node.ProblemMessage = problem.TextMember("message");
        }
        return keywords;
    }

    private void Resolve(RefKeyword reference)
    {
        var target = reference.Reference;
        if (id is not null && target.StartsWith(id, StringComparison.Ordinal))
            target = target[id.Length..];
        if (target is "" or "#")
            reference.Target = byPointer[""];
        else if (target is not ['#', ..])
            Report(reference.Pointer, JsonProblemCodes.UnsupportedSchema, $"'{reference.Reference}' leads outside of this schema. Put what it refers to under '$defs' and use '#/$defs/…'.");
        else if (target is ['#', '/', ..])
            ResolvePointer(reference, Uri.UnescapeDataString(target[1..]));
        else if (byAnchor.TryGetValue(target[1..], out var anchored))
            reference.Target = anchored;
        else
            Missing(reference);
    }

    private void ResolvePointer(RefKeyword reference, string pointer)
    {
        if (byPointer.TryGetValue(pointer, out var known))
            reference.Target = known;
        else if (JsonPointer.TryResolve(root, pointer, out var schema))
            reference.Target = Compile(schema, pointer);
        else
            Missing(reference);
    }

    private void Missing(RefKeyword reference) =>
        Report(reference.Pointer, JsonProblemCodes.InvalidSchema, $"'{reference.Reference}' leads nowhere in this schema.");

    /// <summary>
    /// Refuses schemas that apply themselves to the same value without end, by taking away, again and again, what
    /// nothing leads to and what leads nowhere: what is left goes round in a circle.
    /// </summary>
    private void RefuseLoops()
    {
        var next = byPointer.Values.ToDictionary(n => n, n => n.InPlace.Distinct().ToList());
        foreach (var left in new[] { Peel(next), Peel(Reverse(next)) })
            next = next.Where(n => left.Contains(n.Key)).ToDictionary(n => n.Key, n => n.Value.Where(left.Contains).ToList());
        if (next.Keys.MinBy(n => n.Pointer, StringComparer.Ordinal) is { } loop)
            Report(loop.Pointer, JsonProblemCodes.InvalidSchema, "This schema applies itself to the same value without end, through '$ref'.");
    }

    private static Dictionary<SchemaNode, List<SchemaNode>> Reverse(Dictionary<SchemaNode, List<SchemaNode>> next)
    {
        var reversed = next.Keys.ToDictionary(n => n, _ => new List<SchemaNode>());
        foreach (var (from, targets) in next)
        {
            foreach (var to in targets)
                reversed[to].Add(from);
        }
        return reversed;
    }

    /// <summary>What is left when everything that nothing leads to has been taken away.</summary>
    private static HashSet<SchemaNode> Peel(Dictionary<SchemaNode, List<SchemaNode>> next)
    {
        var incoming = next.Keys.ToDictionary(n => n, _ => 0);
        foreach (var to in next.Values.SelectMany(n => n))
            incoming[to]++;
        var free = new Stack<SchemaNode>(next.Keys.Where(n => incoming[n] == 0));
        var left = next.Keys.ToHashSet();
        while (free.TryPop(out var node))
        {
            left.Remove(node);
            foreach (var to in next[node])
            {
                if (--incoming[to] == 0)
                    free.Push(to);
            }
        }
        return left;
    }
}
