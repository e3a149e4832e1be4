using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Sos.Executors.Tests.Durability;
using Sos.Executors.Tests.Engine;
using Sos.Executors.Tests.Mcp;
using Sos.Testing.Mcp;
using Sos.Testing.Models;
using Sos.Testing.Otlp;
using Sos.Testing.Processes;

namespace Sos.Executors.Tests.Nodes.Agent;

/// <summary>Agents that wait for other workflows, use servers that others wrote, and outlive their executors.</summary>
public sealed class AgentDurabilityTests
{
    [Fact]
    public async Task Other_workflows_are_tools_that_run_as_children_while_the_agent_holds_no_slot()
    {
        var (gated, gate) = TestNode.Gated();
        await using var agents = await AgentEngine.StartAsync(gated);
        await agents.Engine.SaveAsync("""
            { "name": "Look up", "description": "Looks a customer up.", "inputSchema": { "type": "object", "properties": { "id": { "type": "integer" } }, "required": ["id"] },
              "nodes": [ { "id": "x{0}", "type": "gated", "config": { "value": "customer {{ input.id }}" } } ] }
            """.Replace("x{0}", "look", StringComparison.Ordinal));
        agents.Server.Enqueue(
            ModelReply.Call(new ModelToolCall("Look_up", """{"id": 1}""", "c1"), new ModelToolCall("Look_up", """{"id": 2}""", "c2"), new ModelToolCall("Look_up", """{"id": "x"}""", "c3")),
            ModelReply.Say("Both found."));
        var id = await agents.Engine.StartAsync(AgentEngine.Workflow(""" "tools": [ { "type": "workflow", "workflow": "look up" } ] """), """{ "task": "Find 1 and 2." }""");
        await gate.ArrivedAsync("look");
        await agents.Engine.WaitAsync(id, "waiting");
        gate.Open();

        var row = await agents.Engine.EndAsync(id);
        Assert.True(row.Status == "completed", row.Error?.GetRawText());
        Assert.Equal("Looks a customer up.", agents.Server.Requests[0].Body.GetProperty("tools")[0].GetProperty("function").GetProperty("description").GetString());
        var results = agents.Server.Requests[1].ToolResults.ToDictionary(r => r.CallId!, r => r.Text);
        Assert.Equal(("customer 1", "customer 2"), (Value("c1"), Value("c2")));
        Assert.Contains("invalid_arguments", results["c3"], StringComparison.Ordinal);
        Assert.Equal(2, await agents.Engine.Database.QueryAsync<long>($"select count(*) from workflow_executions where parent_execution_id = '{id}' and trace_id = '{row.TraceId}'"));

        string? Value(string call) => JsonElement.Parse(results[call]).GetProperty("value").GetString();
    }

    [Fact]
    public async Task An_agent_that_is_stopped_in_the_middle_repeats_neither_a_model_call_nor_a_tool()
    {
        var tool = new TestNode("unused", (context, _) => new(new Sos.Executors.Nodes.NodeOutcome.Completed(context.Config)));
        await using var agents = await AgentEngine.CreateAsync(tool);
        await using var effects = await SideEffects.StartAsync(agents.Engine.Database.DataSource, TimeSpan.Zero);
        var first = await agents.Engine.StartExecutorAsync(o => o.StopGrace = TimeSpan.Zero);
        agents.Server.Enqueue(
            ModelReply.Call(new ModelToolCall("post", """{"n": "1"}"""), new ModelToolCall("post", """{"n": "2"}""")),
            new ModelReply { Text = "never heard", Until = Task.Delay(Timeout.Infinite) },
            ModelReply.Say("Done."));
        var id = await agents.Engine.StartAsync(AgentEngine.Workflow(
            $$$""" "tools": [ { "type": "http", "name": "post", "config": { "method": "POST", "url": "{{{effects.Url}}}", "text": "{{ args.n }}" } } ] """), """{ "task": "Post." }""");
        await agents.Server.UntilAsync(s => s.Requests.Count == 2);
        await first.StopAsync();
        await agents.Engine.StartExecutorAsync();

        var row = await agents.Engine.EndAsync(id);
        Assert.Equal("Done.", row.Output!.Value.GetProperty("text").GetString());
        Assert.Equal((3, 2), (agents.Server.Requests.Count, agents.Server.Paid));
        Assert.True(effects.CallsByKey.Count == 2, string.Join(" ", agents.Server.Requests[1].ToolResults));
        Assert.All(effects.CallsByKey.Values, calls => Assert.Equal(1, calls));
        Assert.Equal(2, await agents.Engine.Database.QueryAsync<long>("select count(*) from model_cost_logs"));
    }

    [NpmFact]
    public async Task Tools_of_servers_that_others_wrote_are_listed_called_and_their_errors_told()
    {
        await using var agents = await AgentEngine.CreateAsync();
        agents.Engine.Settings["Sos:Mcp:Servers:everything:Command"] = NpmMcpServers.Node;
        agents.Engine.Settings["Sos:Mcp:Servers:everything:Args:0"] = await NpmMcpServers.EverythingAsync();
        await agents.Engine.StartExecutorAsync();
        agents.Server.Enqueue(
            ModelReply.Call(new ModelToolCall("echo", """{"message": "hello"}""", "c1"), new ModelToolCall("get-sum", """{"a": 2, "b": 3}""", "c2"), new ModelToolCall("get-sum", """{"a": "x"}""", "c3")),
            ModelReply.Say("ok"));
        await agents.AnswerAsync(""" "tools": [ { "type": "mcp", "server": "everything", "tools": ["echo", "get-sum"] } ] """);
        Assert.Equal(["echo", "get-sum"], agents.Server.Requests[0].ToolNames.Order());
        var results = agents.Server.Requests[1].ToolResults.ToDictionary(r => r.CallId!, r => r.Text);
        Assert.Contains("hello", results["c1"], StringComparison.Ordinal);
        Assert.Contains("5", results["c2"], StringComparison.Ordinal);
        Assert.Contains("invalid_arguments", results["c3"], StringComparison.Ordinal);
        Assert.Contains("not_there", (await agents.FailAsync(""" "tools": [ { "type": "mcp", "server": "everything", "tools": ["not_there"] } ] """)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("mcp_server_not_found", (await agents.FailAsync(""" "tools": [ { "type": "mcp", "server": "nobody" } ] """)).GetProperty("code").GetString());
    }

    [NpmFact]
    public async Task A_file_server_gives_files_of_its_folder_and_the_model_hears_why_not_others()
    {
        var folder = Directory.CreateTempSubdirectory("sos-agent-files");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "note.txt"), "The key is under the mat.");
            await using var agents = await AgentEngine.CreateAsync();
            agents.Engine.Settings["Sos:Mcp:Servers:files:Command"] = NpmMcpServers.Node;
            agents.Engine.Settings["Sos:Mcp:Servers:files:Args:0"] = await NpmMcpServers.FilesystemAsync();
            agents.Engine.Settings["Sos:Mcp:Servers:files:Args:1"] = folder.FullName;
            await agents.Engine.StartExecutorAsync();
            agents.Server.Enqueue(
                ModelReply.Call(
                    new ModelToolCall("fs_read_text_file", JsonSerializer.Serialize(new { path = Path.Combine(folder.FullName, "note.txt") }), "c1"),
                    new ModelToolCall("fs_read_text_file", """{"path": "/etc/passwd"}""", "c2")),
                ModelReply.Say("Under the mat."));
            var answer = await agents.AnswerAsync(""" "tools": [ { "type": "mcp", "server": "files", "name": "fs" } ] """);
            Assert.Contains("fs_list_directory", agents.Server.Requests[0].ToolNames);
            var results = agents.Server.Requests[1].ToolResults.ToDictionary(r => r.CallId!, r => r.Text);
            Assert.Contains("under the mat", results["c1"], StringComparison.Ordinal);
            Assert.Contains("denied", results["c2"], StringComparison.OrdinalIgnoreCase);
            Assert.Equal(["completed", "failed"], answer.GetProperty("toolCalls").EnumerateArray().Select(c => c.GetProperty("status").GetString()).Order());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Agents in real executor processes that are killed with SIGKILL again and again. What the server has answered to the
    /// end and the database has is never asked again, and rows and spans tell the same sum.
    /// </summary>
    [Fact]
    public async Task Whatever_executors_are_killed_no_finished_call_is_paid_twice_and_rows_and_spans_cost_the_same()
    {
        const int Rounds = 8;
        const int Agents = 4;
        await using var agents = await AgentEngine.CreateAsync();
        await using var otlp = await OtlpReceiver.StartAsync();
        // The call with n results is the (n + 1)th of its agent: more than n in the log, and it has been asked before.
        var askedAgain = new ConcurrentBag<string>();
        var gate = Opened();
        agents.Server.Answer = request =>
        {
            var results = request.ToolResults.Count;
            if (CallsLogged(agents, request.UserText) > results)
                askedAgain.Add($"{request.UserText}, call {results + 1}");
            return (results < Rounds ? ModelReply.Call("note", new { text = results.ToString(CultureInfo.InvariantCulture) }) : ModelReply.Say("done")) with
            {
                Usage = new(1_000 + results, 100 + results),
                Until = Volatile.Read(ref gate).Task,
            };
        };
        var workflow = await agents.Engine.SaveAsync(AgentEngine.Workflow(""" "tools": [ { "type": "transform", "name": "note", "config": { "value": "{{ args.text }}" } } ] """));
        var ids = new List<Guid>();
        for (var i = 0; i < Agents; i++)
            ids.Add(await agents.Engine.SubmitAsync(workflow, $$"""{ "task": "task {{i}}" }"""));
        var executor = StartExecutor(agents, otlp);
        try
        {
            for (var kill = 0; kill < 2; kill++)
            {
                var logged = await Logged() + 5;
                await EngineHost.UntilAsync(async () => await Logged() >= logged, () => executor.Output);
                // Each agent is in the middle of a call, and what has been committed has been sent: a killed process takes
                // along what it has not sent, and no one can send it in its place.
                Volatile.Write(ref gate, new(TaskCreationOptions.RunContinuationsAsynchronously));
                await agents.Server.UntilAsync(s => s.Requests.Count - s.Paid - s.Left == Agents);
                var committed = await agents.Engine.Database.QueryAsync<string>("select string_agg(span_id, ',') from model_cost_logs");
                await otlp.WaitUntilAsync(r => committed!.Split(',').All(id => r.Spans.Any(s => s.SpanId == id)), EngineHost.Patience);
                await executor.KillAsync();
                await executor.DisposeAsync();
                gate.SetResult();
                gate = Opened();
                executor = StartExecutor(agents, otlp);
            }
            foreach (var id in ids)
            {
                var row = await agents.Engine.EndAsync(id);
                Assert.True(row.Status == "completed", row.Error?.GetRawText());
                Assert.Equal(Rounds + 1, row.Output!.Value.GetProperty("iterations").GetInt32());
            }
            Assert.Equal(Agents * (Rounds + 1), await Logged());
            Assert.True(await agents.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions where lease_epoch > 1") > 0, "No agent was taken over.");

            foreach (var id in ids)
            {
                var trace = (await agents.Engine.ReadAsync(id)).TraceId;
                var rows = await agents.Engine.Database.QueryAsync<decimal>($"select sum(cost_usd) from model_cost_logs where trace_id = '{trace}'");
                Assert.Equal(rows, await agents.Engine.Database.QueryAsync<decimal>($"select cost_usd from workflow_executions where id = '{id}'"));
                await otlp.WaitUntilAsync(r => Cost(r, trace) >= rows, EngineHost.Patience);
                Assert.Equal(rows, Cost(otlp, trace));
            }
        }
        finally
        {
            await executor.DisposeAsync();
        }
        Assert.Empty(askedAgain);

        static TaskCompletionSource Opened()
        {
            var gate = new TaskCompletionSource();
            gate.SetResult();
            return gate;
        }

        async Task<long> Logged() => await agents.Engine.Database.QueryAsync<long>("select count(*) from model_cost_logs");

        static decimal Cost(OtlpReceiver receiver, string trace) => receiver.Spans
            .Where(s => s.TraceId == trace && s.Attributes.ContainsKey("llm.cost_usd")).Sum(s => (decimal)(double)s.Attributes["llm.cost_usd"]!);
    }

    private static long CallsLogged(AgentEngine agents, string task)
    {
        using var command = agents.Engine.Database.DataSource.CreateCommand(
            "select count(*) from model_cost_logs c join workflow_executions e on e.id = c.workflow_execution_id where e.input ->> 'task' = $1");
        command.Parameters.AddWithValue(task);
        return (long)command.ExecuteScalar()!;
    }

    private static ServiceProcess StartExecutor(AgentEngine agents, OtlpReceiver otlp)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ConnectionStrings__sos"] = agents.Engine.Database.ConnectionString,
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Sos__Executor__Lease"] = "00:00:02",
            ["Sos__Executor__MaxLostLeases"] = "20",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp.GrpcEndpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        };
        foreach (var (name, value) in AgentEngine.Settings(agents.Server))
            environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return ServiceProcess.Start("Sos.Executors.dll", environment);
    }
}
