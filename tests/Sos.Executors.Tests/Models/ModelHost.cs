using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sos.Executors.Hosting;
using Sos.Executors.Models;
using Sos.Executors.Nodes;
using Sos.Testing.Models;
using Sos.Testing.Postgres;
using Sos.Workflows.Expressions;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Models;

/// <summary>What an executor calls models with, on a real database, and connections of both protocols to a scripted server.</summary>
internal sealed class ModelHost : IAsyncDisposable
{
    /// <summary>The key of every connection; it must turn up nowhere.</summary>
    public const string Canary = "canary-key-0123456789abcdef";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IHost host;
    private readonly ActivityListener listener;
    private readonly Activity root;

    private ModelHost(IHost host, TestDatabase database, ModelServer server)
    {
        this.host = host;
        (Database, Server) = (database, server);
        root = new Activity("root").SetIdFormat(ActivityIdFormat.W3C).Start();
        Activity.Current = null;
        var trace = root.TraceId;
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Sos" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == trace)
                    Spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public TestDatabase Database { get; }

    public ModelServer Server { get; }

    public Guid Workspace { get; } = Guid.CreateVersion7();

    public Guid Workflow { get; } = Guid.CreateVersion7();

    /// <summary>The spans that were stopped.</summary>
    public ConcurrentQueue<Activity> Spans { get; } = [];

    /// <summary>What was logged.</summary>
    public RecordingLogs Logs { get; private init; } = new();

    public ModelCalls Calls => host.Services.GetRequiredService<ModelCalls>();

    /// <summary>With a connection of each kind to the scripted server.</summary>
    public static async Task<ModelHost> StartAsync(params (string Name, string? Value)[] settings)
    {
        var server = await ModelServer.StartAsync();
        return await StartAsync(server,
        [
            ("Sos:Models:Providers:openai:BaseUrl", server.OpenAIUrl),
            ("Sos:Models:Providers:openai:ApiKey", Canary),
            ("Sos:Models:Providers:anthropic:BaseUrl", server.Url),
            ("Sos:Models:Providers:anthropic:ApiKey", Canary),
            ("Sos:Models:Providers:azure:Kind", "azure-openai"),
            ("Sos:Models:Providers:azure:BaseUrl", server.Url),
            ("Sos:Models:Providers:azure:ApiKey", Canary),
            ("Sos:Models:Providers:ollama:Kind", "openai-compatible"),
            ("Sos:Models:Providers:ollama:BaseUrl", server.OpenAIUrl),
            .. settings,
        ]);
    }

    /// <summary>With nothing configured but these settings.</summary>
    public static async Task<ModelHost> StartAsync(ModelServer server, params (string Name, string? Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:sos"] = database.ConnectionString,
            ["Sos:Secrets:Keys:0"] = KeyRing.Generate("test"),
            ["Sos:Models:RetryDelay"] = "00:00:00.001",
        });
        foreach (var (name, value) in settings)
            builder.Configuration[name] = value;
        builder.AddExecutor();
        var logs = new RecordingLogs();
        builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        var started = new ModelHost(builder.Build(), database, server) { Logs = logs };
        var organization = Guid.CreateVersion7();
        await database.ExecuteAsync($"""
            insert into organizations (id, name) values ('{organization}', 'Test');
            insert into workspaces (id, organization_id, name) values ('{started.Workspace}', '{organization}', 'Test');
            insert into workflows (id, workspace_id, name, latest_version) values ('{started.Workflow}', '{started.Workspace}', 'test', 1);
            """);
        return started;
    }

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>The context of a new execution's node, below the test's root span.</summary>
    public NodeContext NewContext(string config = "{}", TimeProvider? time = null, Guid? execution = null, JsonElement? state = null, Func<JsonElement, CancellationToken, Task>? progress = null) => new()
    {
        Execution = new ExecutionInfo
        {
            Id = execution ?? Guid.CreateVersion7(),
            WorkspaceId = Workspace,
            OrganizationId = Guid.NewGuid(),
            WorkflowId = Workflow,
            WorkflowName = "test",
            Version = 1,
            Attempt = 1,
            StartedAt = DateTimeOffset.UtcNow,
        },
        NodeId = "n",
        Iteration = "",
        Attempt = 1,
        Config = JsonElement.Parse(config),
        State = state,
        Progress = progress,
        Variables = CelVariables.Empty,
        Time = time ?? TimeProvider.System,
    };

    /// <summary>Asks a model one thing.</summary>
    public async Task<Asked> AskAsync(string model, string prompt = "Hello", Func<ChatCall, ChatCall>? with = null, NodeContext? context = null, CancellationToken cancellationToken = default)
    {
        context ??= NewContext();
        var call = new ChatCall { Model = model, Messages = [new ChatMessage(ChatRole.User, prompt)] };
        var before = Activity.Current;
        Activity.Current = root;
        try
        {
            var reply = await Calls.ChatAsync(with?.Invoke(call) ?? call, context, cancellationToken).WaitAsync(Patience, CancellationToken.None);
            return Take(context, reply, null);
        }
        catch (ModelCallException e)
        {
            return Take(context, null, e);
        }
        finally
        {
            Activity.Current = before;
        }
    }

    /// <summary>Runs a node of a type, below the test's root span.</summary>
    public Task<(NodeOutcome Outcome, NodeRecordBatch Records)> RunAsync(string type, string config, CancellationToken cancellationToken = default) =>
        RunAsync(type, NewContext(config), cancellationToken);

    /// <summary>Runs a node of a type in a context, below the test's root span.</summary>
    public async Task<(NodeOutcome Outcome, NodeRecordBatch Records)> RunAsync(string type, NodeContext context, CancellationToken cancellationToken = default)
    {
        var before = Activity.Current;
        Activity.Current = root;
        try
        {
            var outcome = await Get<NodeExecutors>().Get(type).ExecuteAsync(context, cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);
            return (outcome, Commit(context));
        }
        finally
        {
            Activity.Current = before;
        }
    }

    /// <summary>Takes what a node has recorded and ends spans and reservations, as the engine does after a commit.</summary>
    public static NodeRecordBatch Commit(NodeContext context)
    {
        var records = context.Records.Take();
        foreach (var call in records.ModelCalls)
        {
            call.Span?.Dispose();
            call.Reservation?.Dispose();
        }
        return records;
    }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        root.Dispose();
        host.Dispose();
        await Server.DisposeAsync();
        await Database.DisposeAsync();
    }

    private static Asked Take(NodeContext context, ChatReply? reply, ModelCallException? failure) => new(reply, failure, Commit(context));
}

/// <summary>What became of a question.</summary>
internal sealed record Asked(ChatReply? MaybeReply, ModelCallException? Failure, NodeRecordBatch Records)
{
    public ChatReply Reply => MaybeReply ?? throw new InvalidOperationException($"{Failure!.Error.Code}: {Failure.Error.Message}");

    public NodeError Error => Failure?.Error ?? throw new InvalidOperationException($"The call succeeded with '{MaybeReply!.Response.Text}'.");

    public ModelCallRow Row => Assert.Single(Records.ModelCalls).Row;

    public Activity Span => Assert.Single(Records.ModelCalls).Span!;

    public NodeEvent Event(string type) => Assert.Single(Records.Events, e => e.EventType == type);
}

/// <summary>Everything that is logged, as text.</summary>
internal sealed class RecordingLogs : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> lines = [];

    public string All => string.Join('\n', lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
