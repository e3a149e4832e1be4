using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Sos.Executors.Rag.Search;

/// <summary>
/// Which documents may answer, by their metadata: <c>{"product": "x", "year": {"gte": 2024}, "tag": {"in": ["a", "b"]}}</c>;
/// every condition must hold. <c>$source</c> stands for the document's source.
/// </summary>
internal sealed class MetadataFilter
{
    private const int MaxConditions = 20;
    private const int MaxValues = 100;
    private const string Source = "$source";

    private readonly List<Condition> conditions = [];

    private MetadataFilter() { }

    /// <summary>Reads a filter; null where there is none.</summary>
    /// <exception cref="RagException">It is no filter.</exception>
    public static MetadataFilter? Parse(JsonElement? filter)
    {
        if (filter is not { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } given)
            return null;
        if (given.ValueKind != JsonValueKind.Object)
            throw Invalid("it must be an object of conditions by name, such as {\"product\": \"x\"}");
        var parsed = new MetadataFilter();
        foreach (var property in given.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var condition in property.Value.EnumerateObject())
                    parsed.Add(property.Name, condition.Name, condition.Value);
            }
            else
            {
                parsed.Add(property.Name, "eq", property.Value);
            }
        }
        return parsed.conditions.Count == 0 ? null : parsed;
    }

    /// <summary>SQL for the row <c>d</c> of <c>rag_documents</c>; whatever the user wrote goes into parameters.</summary>
    public string ToSql(NpgsqlParameterCollection parameters) =>
        string.Join(" and ", conditions.Select(c => $"({c.ToSql(parameters)})"));

    private void Add(string name, string operation, JsonElement value)
    {
        if (conditions.Count >= MaxConditions)
            throw Invalid($"it has more than {MaxConditions} conditions");
        if (name.Length is 0 or > 200)
            throw Invalid("a name must have 1 to 200 characters");
        var isValue = value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
        switch (operation)
        {
            case "eq" or "ne" when isValue:
            case "exists" when value.ValueKind is JsonValueKind.True or JsonValueKind.False && name != Source:
            case "gt" or "gte" or "lt" or "lte" when value.ValueKind is JsonValueKind.String or JsonValueKind.Number:
            case "in" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MaxValues
                && value.EnumerateArray().All(v => v.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False):
                break;
            case "eq" or "ne" or "in" or "gt" or "gte" or "lt" or "lte" or "exists":
                throw Invalid($"the value of '{operation}' at '{name}' does not fit: 'eq' and 'ne' take a text, number or boolean, 'gt', 'gte', 'lt' and 'lte' a text or number, 'in' a list of 1 to {MaxValues} values, 'exists' true or false");
            default:
                throw Invalid($"there is no condition '{operation}' (at '{name}'), only eq, ne, in, gt, gte, lt, lte and exists");
        }
        if (name == Source && operation is not ("exists" or "in") && value.ValueKind != JsonValueKind.String)
            throw Invalid("a source is a text");
        conditions.Add(new Condition(name, operation, value.Clone()));
    }

    private static RagException Invalid(string why) => new("invalid_filter", $"The filter can't be used: {why}.");

    private sealed record Condition(string Name, string Operation, JsonElement Value)
    {
        public string ToSql(NpgsqlParameterCollection parameters) => Name == Source ? OfSource(parameters) : Operation switch
        {
            "eq" => Equal(parameters),
            "ne" => $"not ({Equal(parameters)})",
            "in" => In(parameters),
            "exists" => $"{(Value.GetBoolean() ? "" : "not ")}d.metadata ? {Add(parameters, Name, NpgsqlDbType.Text)}",
            _ => Range(parameters),
        };

        // A list in the metadata fits when one of its elements does.
        private string Equal(NpgsqlParameterCollection parameters)
        {
            var value = Value.GetRawText();
            var name = JsonEncodedText.Encode(Name);
            return $"d.metadata @> {Add(parameters, $"{{\"{name}\":{value}}}", NpgsqlDbType.Jsonb)} or d.metadata @> {Add(parameters, $"{{\"{name}\":[{value}]}}", NpgsqlDbType.Jsonb)}";
        }

        private string In(NpgsqlParameterCollection parameters)
        {
            var name = Add(parameters, Name, NpgsqlDbType.Text);
            var values = Add(parameters, Value.EnumerateArray().Select(v => v.GetRawText()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);
            return $"d.metadata -> {name} = any ({values}) or jsonb_typeof(d.metadata -> {name}) = 'array' and d.metadata -> {name} @> any ({values})";
        }

        private string Range(NpgsqlParameterCollection parameters)
        {
            var name = Add(parameters, Name, NpgsqlDbType.Text);
            // A case keeps the cast from being tried on what is no number.
            return Value.ValueKind == JsonValueKind.Number
                ? $"case jsonb_typeof(d.metadata -> {name}) when 'number' then (d.metadata ->> {name})::numeric {Sign} ({Add(parameters, Value.GetRawText(), NpgsqlDbType.Jsonb)} #>> '{{}}')::numeric else false end"
                : $"case jsonb_typeof(d.metadata -> {name}) when 'string' then (d.metadata ->> {name}) collate \"C\" {Sign} {Add(parameters, Value.GetString()!, NpgsqlDbType.Text)} else false end";
        }

        private string OfSource(NpgsqlParameterCollection parameters) => Operation switch
        {
            "eq" => $"d.source = {Add(parameters, Value.GetString()!, NpgsqlDbType.Text)}",
            "ne" => $"d.source <> {Add(parameters, Value.GetString()!, NpgsqlDbType.Text)}",
            "in" => $"d.source = any ({Add(parameters, Value.EnumerateArray().Select(v => v.ToString()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})",
            _ => $"d.source collate \"C\" {Sign} {Add(parameters, Value.GetString()!, NpgsqlDbType.Text)}",
        };

        private string Sign => Operation switch { "gt" => ">", "gte" => ">=", "lt" => "<", _ => "<=" };

        private static string Add(NpgsqlParameterCollection parameters, object value, NpgsqlDbType type)
        {
            parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
            return $"${parameters.Count}";
        }
    }
}
