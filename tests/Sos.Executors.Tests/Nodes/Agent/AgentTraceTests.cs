using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sos.Executors.Tests.Engine;
using Sos.Testing.Models;
using Sos.Testing.Otlp;
using Sos.Testing.Processes;

namespace Sos.Executors.Tests.Nodes.Agent;

/// <summary>
/// The exported trace of an agent that uses two tools and searches documents, as an OTLP backend receives it: names,
/// kinds, parents and every attribute, compared with <c>agent-trace.golden.txt</c>. <c>SOS_WRITE_GOLDEN=1</c> writes it anew.
/// </summary>
public sealed partial class AgentTraceTests
{
    private static readonly double[] TokenBuckets = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
    private static readonly double[] SecondBuckets = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    [Fact]
    public async Task A_trace_of_an_agent_with_two_tools_and_retrieval_is_what_it_is_documented_to_be()
    {
        await using var agents = await AgentEngine.CreateAsync();
        await using var otlp = await OtlpReceiver.StartAsync();
        await using var echo = await Durability.SideEffects.StartAsync(agents.Engine.Database.DataSource, TimeSpan.Zero);
        agents.Server.Enqueue(
            ModelReply.Call(new ModelToolCall("post", """{"n": "1"}""", "call_1"), new ModelToolCall("shout", """{"text": "hey"}""", "call_2")) with { Usage = new(120, 30, Cached: 40, Reasoning: 10) },
            ModelReply.Call(new ModelToolCall("search", """{"query": "annual leave"}""", "call_3")) with { Usage = new(200, 20) },
            ModelReply.Say("28 days.", new(300, 10)));
        await using var executor = StartExecutor(agents, otlp);
        var id = await agents.Engine.StartAsync($$$"""
            { "name": "golden", "nodes": [
              { "id": "leave", "type": "documents", "config": { "action": "ingest", "index": "handbook", "create": {}, "source": "leave.md", "contentType": "text/markdown",
                "text": "# Leave\n\nEvery employee has 28 days of annual leave." } },
              { "id": "ask", "type": "agent", "config": { "agent": "helper", "model": "test-1", "provider": "openai", "prompt": "How many days?", "instructions": "Help.", "temperature": 0.2, "maxTokens": 500,
                "memory": { "conversation": "c-7" },
                "tools": [
                  { "type": "http", "name": "post", "description": "Posts.", "config": { "method": "POST", "url": "{{{echo.Url}}}", "text": "{{ args.n }}" } },
                  { "type": "transform", "name": "shout", "description": "Shouts.", "config": { "value": "{{ args.text.upperAscii() }}" } },
                  { "type": "rag", "name": "search", "description": "Searches the handbook.", "config": { "index": "handbook", "query": "{{ args.query }}" } } ] } } ],
              "edges": [ { "from": "leave", "to": "ask" } ] }
            """);
        var row = await agents.Engine.EndAsync(id);
        Assert.True(row.Status == "completed", row.Error?.GetRawText());

        await otlp.WaitForSpansAsync(s => s.TraceId == row.TraceId && s.Name == "workflow.execute");
        await otlp.WaitForSpansAsync(s => s.TraceId == row.TraceId && s.Name == "chat test-1", count: 3);
        var spans = otlp.Spans.Where(s => s.TraceId == row.TraceId && s.Scope != "Npgsql").ToArray();
        AssertGolden(Describe(spans));

        // Every span of an execution says whose it is; the client's own HTTP spans are .NET's.
        Assert.All(spans.Where(s => s.Scope == "Sos"), s => Assert.Equal(
            (agents.Engine.Organization.ToString(), agents.Engine.Workspace.ToString(), id.ToString()), (s["organization.id"], s["workspace.id"], s["workflow.execution_id"])));
        // Tokens and cost stand on the model spans alone.
        Assert.All(spans.Where(s => !s.Name.StartsWith("chat ", StringComparison.Ordinal) && !s.Name.StartsWith("embeddings ", StringComparison.Ordinal)), s =>
            Assert.DoesNotContain(s.Attributes.Keys, k => k.StartsWith("gen_ai.usage.", StringComparison.Ordinal) || k == "llm.cost_usd"));
        Assert.Equal(
            await agents.Engine.Database.QueryAsync<decimal>($"select sum(cost_usd) from model_cost_logs where trace_id = '{row.TraceId}'"),
            spans.Where(s => s.Attributes.ContainsKey("llm.cost_usd")).Sum(s => (decimal)(double)s.Attributes["llm.cost_usd"]!));

        Assert.Equal(TokenBuckets, await BoundsAsync(otlp, "gen_ai.client.token.usage"));
        Assert.Equal(SecondBuckets, await BoundsAsync(otlp, "gen_ai.client.operation.duration"));
        Assert.Equal(SecondBuckets, await BoundsAsync(otlp, "gen_ai.client.operation.time_to_first_chunk"));
        await otlp.WaitForMetricsAsync(m => m.Name == "sos.llm.cost" && m["gen_ai.request.model"] == "test-1");
    }

    private static async Task<IReadOnlyList<double>> BoundsAsync(OtlpReceiver otlp, string metric) =>
        (await otlp.WaitForMetricsAsync(m => m.Name == metric && m["gen_ai.request.model"] == "test-1"))[0].Histogram!.Bounds;

    /// <summary>The spans as a tree; what differs from run to run is named by its kind.</summary>
    private static string Describe(OtlpSpan[] spans)
    {
        var text = new StringBuilder();
        var ids = spans.Select(s => s.SpanId).ToHashSet();
        foreach (var root in Ordered(spans.Where(s => s.ParentSpanId is null || !ids.Contains(s.ParentSpanId))))
            Write(root, 0);
        return text.ToString();

        void Write(OtlpSpan span, int depth)
        {
            var indent = new string(' ', depth * 2);
            text.Append(CultureInfo.InvariantCulture, $"{indent}{span.Name} ({span.Kind})\n");
            foreach (var (name, value) in span.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"{indent}    {name} = {Normalized(name, value)}\n");
            foreach (var child in Ordered(spans.Where(s => s.ParentSpanId == span.SpanId)))
                Write(child, depth + 1);
        }

        // Tools that run side by side start in any order.
        static IEnumerable<OtlpSpan> Ordered(IEnumerable<OtlpSpan> siblings) =>
            siblings.OrderBy(s => s["node.id"], StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Start);
    }

    private static string Normalized(string name, object? value)
    {
        if (name.EndsWith("latency_ms", StringComparison.Ordinal) || name.EndsWith("time_to_first_chunk", StringComparison.Ordinal))
            return "<time>";
        if (name.EndsWith(".port", StringComparison.Ordinal))
            return "<port>";
        var text = value switch
        {
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            IEnumerable<object?> list => $"[{string.Join(", ", list)}]",
            _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        };
        return Port().Replace(Guids().Replace(text, "<id>"), ":<port>");
    }

    private static void AssertGolden(string actual)
    {
        var file = Path.Combine(Root(), "tests", "Sos.Executors.Tests", "Nodes", "Agent", "agent-trace.golden.txt");
        if (Environment.GetEnvironmentVariable("SOS_WRITE_GOLDEN") == "1")
            File.WriteAllText(file, actual);
        Assert.Equal(File.ReadAllText(file), actual);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Sos.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }

    private static ServiceProcess StartExecutor(AgentEngine agents, OtlpReceiver otlp)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ConnectionStrings__sos"] = agents.Engine.Database.ConnectionString,
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Sos__Outbound__Allow__0"] = "127.0.0.1",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp.GrpcEndpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        };
        foreach (var (name, value) in AgentEngine.Settings(agents.Server))
            environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return ServiceProcess.Start("Sos.Executors.dll", environment);
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Guids();

    [GeneratedRegex(@":\d{4,5}\b")]
    private static partial Regex Port();
}
