using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Sos.Executors.Tests.Credentials;
using Sos.Executors.Tests.Engine;
using Sos.Workflows.Connectors;

namespace Sos.Executors.Tests.Connectors;

/// <summary>An executor with connectors of its workspace, and the spans of what runs.</summary>
internal sealed class ConnectorEngine : IAsyncDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    private ConnectorEngine(CredentialEngine credentials)
    {
        Credentials = credentials;
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Sos",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public CredentialEngine Credentials { get; }

    public EngineHost Engine => Credentials.Engine;

    public static async Task<ConnectorEngine> StartAsync(params (string Name, string Value)[] settings)
    {
        var credentials = await CredentialEngine.StartAsync(executors: 0);
        foreach (var (name, value) in settings)
            credentials.Engine.Settings[name] = value;
        await credentials.Engine.StartExecutorAsync();
        return new ConnectorEngine(credentials);
    }

    /// <summary>Saves a manifest as a connector of the workspace.</summary>
    public async Task SaveAsync(string yaml)
    {
        var manifest = ManifestReader.Read(yaml, out var problems) ?? throw new ArgumentException(string.Join('\n', problems));
        await using var batch = Engine.Database.DataSource.CreateBatch();
        var id = Guid.CreateVersion7();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into connectors (id, workspace_id, name, source, title, head, action_count) values ($1, $2, $3, 'manifest', $4, $5::jsonb, $6)")
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = Engine.Workspace }, new() { Value = manifest.Id }, new() { Value = manifest.Title },
                new() { Value = JsonSerializer.Serialize(manifest with { Actions = new Dictionary<string, ConnectorAction>() }, ConnectorJson.Default.ConnectorManifest) },
                new() { Value = manifest.Actions.Count },
            },
        });
        foreach (var (position, (name, action)) in manifest.Actions.Index())
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into connector_actions (connector_id, workspace_id, name, position, title, definition) values ($1, $2, $3, $4, $5, $6::jsonb)")
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = Engine.Workspace }, new() { Value = name }, new() { Value = position }, new() { Value = action.Title },
                    new() { Value = JsonSerializer.Serialize(action, ConnectorJson.Default.ConnectorAction) },
                },
            });
        }
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a <c>connector</c> node alone.</summary>
    public async Task<ConnectorRun> RunAsync(string config, string more = "")
    {
        var id = await Engine.StartAsync($$"""{ "name": "w{{Guid.NewGuid()}}", "nodes": [ { "id": "call", "type": "connector", "config": {{config}}{{more}} } ] }""");
        return new ConnectorRun(id, await Engine.EndAsync(id));
    }

    public async Task<JsonElement> DataAsync(string config)
    {
        var run = await RunAsync(config);
        Assert.True(run.Row.Status == "completed", run.Row.Error?.GetRawText());
        return run.Row.Output!.Value.GetProperty("data");
    }

    public async Task<(string Code, string Message)> FailAsync(string config)
    {
        var run = await RunAsync(config);
        Assert.Equal("failed", run.Row.Status);
        return (run.Row.ErrorCode!, run.Row.Error!.Value.GetProperty("message").GetString()!);
    }

    /// <summary>The spans <c>connector.execute</c> of a run.</summary>
    public IReadOnlyList<Activity> Calls(ConnectorRun run) =>
        [.. spans.Where(s => s.OperationName == "connector.execute" && (string?)s.GetTagItem("workflow.execution_id") == run.Id.ToString())];

    /// <summary>The context of the rows <c>connector_used</c> of a run.</summary>
    public async Task<JsonElement> UsesAsync(ConnectorRun run) => JsonElement.Parse(await Engine.Database.QueryAsync<string>(
        $"select coalesce(jsonb_agg(context || jsonb_build_object('outcome', status) order by id), '[]')::text from event_logs where execution_id = '{run.Id}' and event_type = 'connector_used'") ?? "[]");

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await Credentials.DisposeAsync();
    }
}

internal sealed record ConnectorRun(Guid Id, ExecutionRow Row);
