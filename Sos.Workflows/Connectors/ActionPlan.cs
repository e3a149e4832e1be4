using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Connectors;

/// <summary>An action made ready to be called: templates compiled, every parameter's place decided. Safe from many threads.</summary>
public sealed class ActionPlan
{
    /// <summary>The variable that holds the arguments.</summary>
    public const string Arguments = "args";

    private static readonly JsonElement AnyValue = JsonElement.Parse("{}"u8);

    private readonly JsonSchema? validator;

    private ActionPlan(ConnectorAction action, IReadOnlyList<PlacedParameter> parameters, JsonElement schema, JsonSchema? validator) =>
        (Action, Parameters, Schema, this.validator) = (action, parameters, schema, validator);

    /// <summary>The action.</summary>
    public ConnectorAction Action { get; }

    /// <summary>Where each parameter goes.</summary>
    public IReadOnlyList<PlacedParameter> Parameters { get; }

    /// <summary>The JSON schema of the arguments as one object.</summary>
    public JsonElement Schema { get; }

    /// <summary>Whether it changes nothing, as far as the connector says.</summary>
    public bool IsReadOnly => Action.ReadOnly ?? Action.Method is "GET" or "HEAD" or "OPTIONS";

    /// <summary>Query parameters of every call.</summary>
    public required IReadOnlyList<KeyValuePair<string, Template>> Query { get; init; }

    /// <summary>Headers of every call.</summary>
    public required IReadOnlyList<KeyValuePair<string, Template>> Headers { get; init; }

    /// <summary>The body; null where parameters alone make it, if any.</summary>
    public required Template? Body { get; init; }

    /// <summary>What the answer becomes; null for its body or its items.</summary>
    public required Template? Response { get; init; }

    /// <summary>What is wrong with arguments; empty where they fit. What our schemas can't express is left to the service.</summary>
    public IReadOnlyList<JsonProblem> Check(JsonElement arguments, JsonSchemaOptions? options = null) => validator?.Evaluate(arguments, options).Errors ?? [];

    /// <summary>Makes the plan of an action.</summary>
    /// <param name="action">The action; must stay as it is.</param>
    /// <param name="plan">The plan, where nothing is wrong.</param>
    /// <param name="problems">What is wrong, with pointers into the action.</param>
    public static bool TryCreate(ConnectorAction action, [NotNullWhen(true)] out ActionPlan? plan, out IReadOnlyList<JsonProblem> problems)
    {
        var found = new List<JsonProblem>();
        var query = CompileAll(action.Query, "/query", found);
        var headers = CompileAll(action.Headers, "/headers", found);
        var body = Compile(action.Body, "/body", found);
        var response = Compile(action.Response, "/response", found);

        var read = query.Select(q => q.Value).Concat(headers.Select(h => h.Value)).Append(body).OfType<Template>()
            .SelectMany(t => t.References).Where(r => r.Reference.Root == Arguments).ToList();
        foreach (var missing in read.Where(r => r.Reference.Path.Count > 1 && !action.Parameters.ContainsKey(r.Reference.Path[1])).Select(r => r.Reference.Path[1]).Distinct(StringComparer.Ordinal))
            found.Add(new("/parameters", "unknown_parameter", $"An expression reads args.{missing}, which is no parameter of the action."));
        var inExpressions = read.Where(r => r.Reference.Path.Count > 1).Select(r => r.Reference.Path[1]).ToHashSet(StringComparer.Ordinal);

        var parameters = action.Parameters.Select(p => new PlacedParameter(p.Key, p.Value, PlaceOf(p.Key, p.Value, action, inExpressions))).ToList();
        var schema = SchemaOf(action.Parameters);
        if (!JsonSchema.TryCompile(schema, out var validator, out _))
        {
            // Of an imported description, a schema that ours can't express is left to the service; the others are checked.
            var checkable = action.Parameters.ToDictionary(p => p.Key, p => JsonSchema.TryCompile(p.Value.Schema, out _, out _) ? p.Value : p.Value with { Schema = AnyValue }, StringComparer.Ordinal);
            _ = JsonSchema.TryCompile(SchemaOf(checkable), out validator, out _);
        }

        problems = found;
        plan = found.Count > 0 ? null : new ActionPlan(action, parameters, schema, validator) { Query = query, Headers = headers, Body = body, Response = response };
        return plan is not null;
    }

    private static ParameterPlace PlaceOf(string name, ConnectorParameter parameter, ConnectorAction action, HashSet<string> inExpressions)
    {
        if (parameter.In != ParameterPlace.Auto)
            return parameter.In;
        var target = parameter.As ?? name;
        if (action.Path.Contains($"{{{target}}}", StringComparison.Ordinal) || action.Path.Contains($"{{+{target}}}", StringComparison.Ordinal))
            return ParameterPlace.Path;
        if (parameter.As is null && inExpressions.Contains(name))
            return ParameterPlace.Expression;
        return action.Method is "GET" or "HEAD" or "DELETE" or "OPTIONS" ? ParameterPlace.Query : ParameterPlace.Body;
    }

    private static JsonElement SchemaOf(IReadOnlyDictionary<string, ConnectorParameter> parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "object");
            writer.WriteStartObject("properties");
            foreach (var (name, parameter) in parameters)
            {
                writer.WritePropertyName(name);
                parameter.Schema.WriteTo(writer);
            }
            writer.WriteEndObject();
            writer.WriteStartArray("required");
            foreach (var (name, parameter) in parameters)
            {
                // What has a default need not be given.
                if (parameter.Required && !(parameter.Schema.ValueKind == JsonValueKind.Object && parameter.Schema.TryGetProperty("default", out _)))
                    writer.WriteStringValue(name);
            }
            writer.WriteEndArray();
            writer.WriteBoolean("additionalProperties", false);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static List<KeyValuePair<string, Template>> CompileAll(IReadOnlyDictionary<string, JsonElement> values, string pointer, List<JsonProblem> found)
    {
        var compiled = new List<KeyValuePair<string, Template>>(values.Count);
        foreach (var (name, value) in values)
        {
            if (Compile(value, JsonPointer.Append(pointer, name), found) is { } template)
                compiled.Add(new(name, template));
        }
        return compiled;
    }

    private static Template? Compile(JsonElement value, string pointer, List<JsonProblem> found)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
            return null;
        if (Template.TryCompile(value, null, out var template, out var problems))
            return template;
        found.AddRange(problems.Select(p => new JsonProblem(pointer + p.Pointer, "invalid_expression", p.Error.ToString())));
        return null;
    }
}

/// <summary>A parameter and where it goes.</summary>
/// <param name="Name">Its name in the arguments.</param>
/// <param name="Parameter">The parameter.</param>
/// <param name="Place">Where it goes; never <see cref="ParameterPlace.Auto"/>.</param>
public sealed record PlacedParameter(string Name, ConnectorParameter Parameter, ParameterPlace Place)
{
    /// <summary>What it is called there.</summary>
    public string Target => Parameter.As ?? Name;
}
