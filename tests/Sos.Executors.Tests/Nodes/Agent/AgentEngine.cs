using System.Text.Json;
using Sos.Executors.Tests.Engine;
using Sos.Testing.Models;

namespace Sos.Executors.Tests.Nodes.Agent;

/// <summary>An engine whose models are a scripted server, reached through the providers' own SDKs.</summary>
internal sealed class AgentEngine : IAsyncDisposable
{
    private AgentEngine(EngineHost engine, ModelServer server) => (Engine, Server) = (engine, server);

    public EngineHost Engine { get; }

    public ModelServer Server { get; }

    public static async Task<AgentEngine> CreateAsync(params Sos.Executors.Nodes.NodeExecutor[] nodes)
    {
        var server = await ModelServer.StartAsync();
        var engine = await EngineHost.CreateAsync(nodes);
        foreach (var (name, value) in Settings(server))
            engine.Settings[name] = value;
        // 1 USD a million in, 2 out.
        await engine.Database.ExecuteAsync("""
            insert into model_prices (id, provider, model, input_per_million, output_per_million, valid_from)
            values (gen_random_uuid(), 'openai', 'test-*', 1, 2, '2020-01-01'), (gen_random_uuid(), 'anthropic', 'test-*', 1, 2, '2020-01-01')
            """);
        return new AgentEngine(engine, server);
    }

    public static async Task<AgentEngine> StartAsync(params Sos.Executors.Nodes.NodeExecutor[] nodes)
    {
        var agents = await CreateAsync(nodes);
        await agents.Engine.StartExecutorAsync();
        return agents;
    }

    /// <summary>The configuration that leads an executor's models to the server.</summary>
    public static Dictionary<string, string?> Settings(ModelServer server) => new()
    {
        ["Sos:Models:Providers:openai:Kind"] = "openai",
        ["Sos:Models:Providers:openai:BaseUrl"] = server.OpenAIUrl,
        ["Sos:Models:Providers:openai:ApiKey"] = "sk-test-0000000000000000",
        ["Sos:Models:Providers:anthropic:Kind"] = "anthropic",
        ["Sos:Models:Providers:anthropic:BaseUrl"] = server.Url,
        ["Sos:Models:Providers:anthropic:ApiKey"] = "sk-test-0000000000000000",
        ["Sos:Models:RetryDelay"] = "00:00:00.001",
    };

    /// <summary>A workflow of one agent; <paramref name="config"/> is what its config has beside the model and the prompt.</summary>
    public static string Workflow(string config, string name = "agents", string model = "test-1", string provider = "openai") => $$$"""
        { "name": "{{{name}}}", "nodes": [ { "id": "a", "type": "agent", "config": { "model": "{{{model}}}", "provider": "{{{provider}}}", "prompt": "{{ input.task }}"{{{(config.Length > 0 ? ", " + config : "")}}} } } ] }
        """;

    public async Task<ExecutionRow> RunAsync(string config, string provider = "openai", string input = """{ "task": "Work." }""") =>
        await Engine.EndAsync(await Engine.StartAsync(Workflow(config, $"agents {Guid.NewGuid():N}", provider: provider), input));

    public async Task<JsonElement> AnswerAsync(string config, string provider = "openai", string input = """{ "task": "Work." }""")
    {
        var row = await RunAsync(config, provider, input);
        Assert.True(row.Status == "completed", row.Error?.GetRawText());
        return row.Output!.Value;
    }

    public async Task<JsonElement> FailAsync(string config, string input = """{ "task": "Work." }""")
    {
        var row = await RunAsync(config, input: input);
        Assert.Equal("failed", row.Status);
        return row.Error!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await Server.DisposeAsync();
    }
}
