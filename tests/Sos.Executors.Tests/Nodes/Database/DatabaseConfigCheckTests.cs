using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Database;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>What is refused when a workflow is saved.</summary>
public sealed class DatabaseConfigCheckTests
{
    private static readonly WorkflowValidator Validator = new(new NodeCatalog(BuiltInNodes.Types));

    [Theory]
    [InlineData("""{ "credential": "db", "sql": "select 1" }""")]
    [InlineData("""{ "credential": "{{ input.name }}", "sql": "select $1", "parameters": "{{ input.values }}" }""")]
    [InlineData("""{ "credential": "db", "sql": "select @a", "parameters": { "a": "{{ input.a }}" } }""")]
    [InlineData("""{ "credential": "db", "action": "execute", "readOnly": false, "sql": "delete from t where a = $1", "parameters": ["{{ input.a }}"] }""")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": false, "statements": [{ "sql": "select 1" }, { "sql": "select $1", "parameters": [2] }] }""")]
    public void A_good_config_has_no_problem(string config) => Assert.Empty(Problems(config));

    [Theory]
    [InlineData("""{ "credential": "db", "sql": "select {{ input.a }}" }""", "/sql", "sql_template")]
    [InlineData("""{ "credential": "db", "sql": "{{ input.sql }}" }""", "/sql", "sql_template")]
    [InlineData("""{ "credential": "db", "sql": "select '\\{{1}}'" }""", "/sql", "sql_template")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": false, "statements": [{ "sql": "select 1" }, { "sql": "select '{{ input.a }}'" }] }""", "/statements/1/sql", "sql_template")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": false, "statements": "{{ input.statements }}" }""", "/statements", "sql_template")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": false, "statements": ["{{ input.statement }}"] }""", "/statements/0", "sql_template")]
    [InlineData("""{ "credential": "db", "sql": "select 1", "readOnly": "{{ input.careful }}" }""", "/readOnly", "sql_template")]
    [InlineData("""{ "credential": "db", "sql": "select 1; select 2" }""", "/sql", "sql_not_allowed")]
    [InlineData("""{ "credential": "db", "sql": "commit" }""", "/sql", "sql_not_allowed")]
    [InlineData("""{ "credential": "db", "sql": "select $2", "parameters": [1] }""", "/parameters", "invalid_parameters")]
    [InlineData("""{ "credential": "db", "sql": "select $1" }""", "/sql", "invalid_parameters")]
    [InlineData("""{ "credential": "db", "sql": "select @a", "parameters": { "b": 1 } }""", "/parameters", "invalid_parameters")]
    [InlineData("""{ "credential": "db", "sql": "select $1", "parameters": { "b": 1 } }""", "/parameters", "invalid_parameters")]
    [InlineData("""{ "credential": "db", "action": "execute", "sql": "delete from t" }""", "/readOnly", "read_only")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": true, "statements": [{ "sql": "select 1" }] }""", "/readOnly", "read_only")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": false, "statements": [{ "sql": "select 1" }], "sql": "select 1" }""", "/sql", "invalid_config")]
    [InlineData("""{ "credential": "db", "sql": "select 1", "statements": [{ "sql": "select 1" }] }""", "/statements", "invalid_config")]
    [InlineData("""{ "credential": "db" }""", "", "invalid_config")]
    public void A_problem_is_found_where_it_is(string config, string pointer, string code) =>
        Assert.Equal([("/nodes/0/config" + pointer, code)], Problems(config));

    [Theory]
    [InlineData("""{ "credential": "db", "sql": "select {{ args.a }}" }""", "/nodes/0/config/tools/0/config/sql")]
    [InlineData("""{ "credential": "db", "action": "batch", "readOnly": false, "statements": "{{ args.statements }}" }""", "/nodes/0/config/tools/0/config/statements")]
    [InlineData("\"{{ args }}\"", "/nodes/0/config/tools/0/config")]
    public void A_tool_of_an_agent_may_not_either(string config, string pointer)
    {
        var problems = Validator.Validate(JsonElement.Parse($$"""
            { "name": "w", "nodes": [{ "id": "a", "type": "agent", "config": { "model": "demo/x", "prompt": "p", "tools": [{ "type": "database", "name": "t", "config": {{config}} }] } }] }
            """)).Problems;
        Assert.Contains((pointer, "sql_template"), problems.Select(p => (p.Pointer, p.Code)));
    }

    [Fact]
    public void The_fix_is_told()
    {
        var problem = DatabaseConfigCheck.CheckWritten(JsonElement.Parse("""{ "credential": "db", "sql": "select {{ input.a }}" }"""));
        Assert.Contains("Write $1 or @name where the value goes, and the expression into parameters.", problem!.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string, string)> Problems(string config) =>
        Validator.Validate(JsonElement.Parse($$"""{ "name": "w", "nodes": [{ "id": "n", "type": "database", "config": {{config}} }] }""")).Problems.Select(p => (p.Pointer, p.Code));
}
