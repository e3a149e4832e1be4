using System.Text.Json;
using Sos.Executors.Nodes.Database.Sql;
using Sos.Executors.Nodes.Database.Values;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Database;

/// <summary>What a definition's <c>database</c> config must satisfy beyond its schema.</summary>
internal static class DatabaseConfigCheck
{
    /// <summary>
    /// Refuses expressions where they would decide what is run: in SQL, in the list of statements, in <c>action</c> and in
    /// <c>readOnly</c>.
    /// </summary>
    public static ConfigProblem? CheckWritten(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object)
            return Refused("", "The config of a database node is written out, so that its SQL is known when the workflow is saved. Expressions go into the values of parameters.");
        foreach (var name in (string[])["action", "readOnly"])
        {
            if (config.TryGetProperty(name, out var value) && ScalarText.IsTemplate(value))
                return Refused("/" + name, $"{name} is written out, so that what the node may change is known when the workflow is saved.");
        }
        if (SqlProblem(config, "") is { } problem)
            return problem;
        if (!config.TryGetProperty("statements", out var statements) || statements.ValueKind == JsonValueKind.Null)
            return null;
        if (statements.ValueKind != JsonValueKind.Array)
            return Refused("/statements", "The statements are written out: a list of objects with sql and parameters. Expressions go into the values of parameters.");
        foreach (var (index, statement) in statements.EnumerateArray().Index())
        {
            if (statement.ValueKind != JsonValueKind.Object)
                return Refused($"/statements/{index}", "A statement is written out: an object with sql and parameters. Expressions go into the values of parameters.");
            if (SqlProblem(statement, $"/statements/{index}") is { } inside)
                return inside;
        }
        return null;
    }

    /// <summary>Lists what is wrong.</summary>
    public static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        var action = config.TryGetProperty("action", out var value) ? value.GetString()! : "query";
        var isBatch = action == "batch";
        if (action != "query" && !(config.TryGetProperty("readOnly", out var readOnly) && readOnly.ValueKind != JsonValueKind.True))
            yield return new ConfigProblem("/readOnly", "read_only", $"The action {action} is there to change something: say readOnly false. To read, use the action query.");
        foreach (var name in (string[])["sql", "parameters", "statements"])
        {
            if ((name == "statements") != isBatch && config.TryGetProperty(name, out _))
                yield return new ConfigProblem("/" + name, "invalid_config", isBatch ? $"The action batch has statements, each with its own {name}." : "statements go with the action batch.");
        }
        if (!config.TryGetProperty(isBatch ? "statements" : "sql", out _))
            yield return new ConfigProblem("", "invalid_config", isBatch ? "The action batch needs statements." : $"The action {action} needs sql.");
        if (!isBatch)
        {
            foreach (var problem in CheckStatement(config, ""))
                yield return problem;
        }
        else if (config.TryGetProperty("statements", out var statements) && statements.ValueKind == JsonValueKind.Array)
        {
            foreach (var (index, statement) in statements.EnumerateArray().Index())
            {
                foreach (var problem in CheckStatement(statement, $"/statements/{index}"))
                    yield return problem;
            }
        }
    }

    private static IEnumerable<ConfigProblem> CheckStatement(JsonElement owner, string pointer)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty("sql", out var sql) || sql.ValueKind != JsonValueKind.String || ScalarText.IsTemplate(sql))
            yield break;
        var hasParameters = owner.TryGetProperty("parameters", out var parameters);
        if (!SqlStatement.TryParse(sql.GetString()!, out var statement, out var problem))
            yield return new ConfigProblem(pointer + "/sql", "sql_not_allowed", problem);
        else if (!ScalarText.IsTemplate(parameters) && DatabaseParameters.Problem(statement, parameters) is { } mismatch)
            yield return new ConfigProblem(pointer + (hasParameters ? "/parameters" : "/sql"), "invalid_parameters", mismatch);
    }

    private static ConfigProblem? SqlProblem(JsonElement owner, string pointer) =>
        owner.TryGetProperty("sql", out var sql) && ScalarText.IsTemplate(sql)
            ? Refused(pointer + "/sql", "SQL holds no expressions: whatever they gave would be run. Write $1 or @name where the value goes, and the expression into parameters. In SQL that means two braces, put a space between them.")
            : null;

    private static ConfigProblem Refused(string pointer, string message) => new(pointer, "sql_template", message);
}
