using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Tests.Credentials;
using Sos.Executors.Tests.Engine;
using Sos.Executors.Tests.Nodes.Agent;
using Sos.Testing.Models;

namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>What spans and events say of statements, and that they say no values.</summary>
public sealed class DatabaseTelemetryTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    public DatabaseTelemetryTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Sos" or "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task A_statement_is_one_client_span_with_its_shape_and_no_values()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create table tickets (id int, subject text)");
        using var parent = new Activity("test").Start();
        await host.OutputAsync("""
            "sql": "select id, 'canary' as x from tickets where subject = $1 or id in (12345, 2) -- canary", "parameters": ["canary"]
            """);
        var span = Assert.Single(spans, s => s.TraceId == parent.TraceId && s.Source.Name == "Sos");
        Assert.Equal(("SELECT tickets", ActivityKind.Client, "Sos"), (span.DisplayName, span.Kind, span.Source.Name));
        var tags = span.TagObjects.Where(t => t.Key.StartsWith("db.", StringComparison.Ordinal) || t.Key.StartsWith("server.", StringComparison.Ordinal)).ToDictionary(t => t.Key, t => t.Value);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["db.system.name"] = "postgresql",
                ["db.system"] = "postgresql",
                ["db.namespace"] = host.Login.Database,
                ["db.operation.name"] = "SELECT",
                ["db.collection.name"] = "tickets",
                ["db.query.summary"] = "SELECT tickets",
                ["db.query.text"] = "select id, ? as x from tickets where subject = $1 or id in (?)",
                ["db.response.returned_rows"] = 0,
                ["server.address"] = "127.0.0.1",
                ["server.port"] = host.Login.Port,
            },
            tags);
        Assert.NotNull(span.GetTagItem("workspace.id"));
        // Npgsql's span of the same statement would have its text as it is.
        Assert.DoesNotContain(spans, s => s.TraceId == parent.TraceId && Text(s).Contains("canary", StringComparison.Ordinal));
        Assert.DoesNotContain(spans, s => s.TraceId == parent.TraceId && s != span && Text(s).Contains("tickets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_statement_that_fails_says_with_which_code()
    {
        await using var host = await DatabaseHost.StartAsync();
        using var parent = new Activity("test").Start();
        await host.FailAsync("\"sql\": \"select $1::int\", \"parameters\": [\"canary\"]");
        var span = Assert.Single(spans, s => s.TraceId == parent.TraceId && s.Source.Name == "Sos");
        Assert.Equal((ActivityStatusCode.Error, "22P02", "query_failed"), (span.Status, span.GetTagItem("db.response.status_code"), span.GetTagItem("error.type")));
        Assert.DoesNotContain("canary", Text(span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_keeps_the_password_and_the_values_out_of_everything()
    {
        await using var engine = await CredentialEngine.StartAsync();
        var role = "canary_" + Guid.NewGuid().ToString("N");
        await engine.Engine.Database.ExecuteAsync($"create role {role} login password 'canary-password-1'");
        await SaveAsync(engine, role, "canary-password-1");
        var id = await engine.Engine.StartAsync("""
            { "name": "w", "nodes": [
                { "id": "good", "type": "database", "config": { "credential": "db", "sql": "select $1 || '-word' as said", "parameters": ["{{ input.word }}"] } },
                { "id": "bad", "type": "database", "config": { "credential": "db", "sql": "select $1::int", "parameters": ["{{ input.word }}"] } } ],
              "edges": [ { "from": "good", "to": "bad" } ] }
            """, """{ "word": "canary-value" }""");
        var row = await engine.Engine.EndAsync(id);
        Assert.Equal("query_failed", row.ErrorCode);
        var steps = await engine.Engine.StepsAsync(id);
        Assert.Equal("canary-value-word", steps[0].Output!.Value.GetProperty("rows")[0].GetProperty("said").GetString());
        var written = await engine.Engine.Database.QueryAsync<string>($"""
            select concat_ws(' ', (select string_agg(row_to_json(e)::text, ' ') from event_logs e where execution_id = '{id}'),
              (select string_agg(s.error::text, ' ') from execution_steps s where execution_id = '{id}'), (select error::text from workflow_executions where id = '{id}'))
            """);
        Assert.Contains("database_queried", written, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-value", written, StringComparison.Ordinal);
        await EngineHost.UntilAsync(() => Task.FromResult(spans.Any(s => s.OperationName == "workflow.execute" && s.TraceId.ToHexString() == row.TraceId)));
        var traced = string.Join('\n', spans.Where(s => s.TraceId.ToHexString() == row.TraceId).Select(Text));
        Assert.Contains("db.query.summary", traced, StringComparison.Ordinal);
        foreach (var text in (string[])[written!, traced, .. steps.Select(s => $"{s.Output} {s.Error}")])
            Assert.DoesNotContain("canary-password", text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-value", traced, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_may_ask_with_values_of_its_own_and_nothing_else()
    {
        await using var agents = await AgentEngine.CreateAsync();
        await using var engine = CredentialEngine.Beside(agents.Engine);
        await agents.Engine.StartExecutorAsync();
        await agents.Engine.Database.ExecuteAsync("create table customers (name text, city text); insert into customers values ('Ann', 'Basel'), ('Ben', 'Bonn')");
        await SaveAsync(engine, null, null);
        agents.Server.Enqueue(
            ModelReply.Call(new ModelToolCall("find", """{"city": "Bonn"}""", "call_1"), new ModelToolCall("find", """{"city": "' or 1=1 --"}""", "call_2")),
            ModelReply.Say("Ben."));
        await agents.AnswerAsync("""
            "tools": [{ "type": "database", "name": "find", "description": "Finds customers.", "config": { "credential": "db", "sql": "select name from customers where city = @city", "parameters": { "city": "{{ args.city }}" } } }]
            """);
        var results = agents.Server.Requests[1].ToolResults;
        NodeRun.AssertJson("""{ "rows": [{ "name": "Ben" }], "rowCount": 1, "truncated": false }""", JsonElement.Parse(results.Single(r => r.CallId == "call_1").Text));
        NodeRun.AssertJson("""{ "rows": [], "rowCount": 0, "truncated": false }""", JsonElement.Parse(results.Single(r => r.CallId == "call_2").Text));
    }

    [Theory]
    [InlineData("""{ "credential": "db", "sql": "select {{ args.sql }}" }""")]
    [InlineData("\"{{ args }}\"")]
    public async Task A_stored_definition_whose_tool_templates_SQL_does_not_run_it(string config)
    {
        await using var agents = await AgentEngine.StartAsync();
        var error = await agents.FailAsync($$"""
            "tools": [{ "type": "database", "name": "find", "config": {{config}} }]
            """);
        Assert.Equal("invalid_tool", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_stored_definition_that_templates_SQL_does_not_run()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "w", "nodes": [{ "id": "n", "type": "database", "config": { "credential": "db", "sql": "select {{ input.sql }}" } }] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("failed", row.Status);
        Assert.Contains("SQL holds no expressions", row.Error!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static Task SaveAsync(CredentialEngine engine, string? user, string? password)
    {
        var login = new Npgsql.NpgsqlConnectionStringBuilder(engine.Engine.Database.ConnectionString);
        var settings = new Dictionary<string, string>
        {
            ["host"] = "127.0.0.1",
            ["port"] = login.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["database"] = login.Database!,
            ["username"] = user ?? login.Username!,
            ["sslMode"] = "disable",
        };
        return engine.SaveAsync("db", "postgres", JsonSerializer.Serialize(settings), JsonSerializer.Serialize(new Dictionary<string, string> { ["password"] = password ?? login.Password! }));
    }

    private static string Text(Activity span) => string.Join('\n',
        span.TagObjects.Select(t => $"{t.Key}={t.Value}")
            .Concat(span.Events.SelectMany(e => e.Tags.Select(t => $"{t.Key}={t.Value}")))
            .Append(span.DisplayName).Append(span.StatusDescription ?? ""));
}
