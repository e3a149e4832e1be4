using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sos.Executors.Engine;
using Sos.Executors.Hosting;
using Sos.Executors.Nodes;
using Sos.Testing.Postgres;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Tests.Engine;

/// <summary>A database with a workspace, and any number of executors on it.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IHost> executors = [];
    private readonly List<NodeExecutor> testNodes = [];

    private EngineHost(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public Guid Workspace { get; } = Guid.CreateVersion7();

    /// <summary>Further configuration of the executors that are started.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    public Guid Organization { get; } = Guid.CreateVersion7();

    public static async Task<EngineHost> CreateAsync(params NodeExecutor[] nodes) => await CreateAsync(await TestDatabase.CreateAsync(), nodes);

    public static async Task<EngineHost> CreateAsync(TestDatabase database, params NodeExecutor[] nodes)
    {
        var engine = new EngineHost(database);
        engine.testNodes.AddRange(nodes);
        await using var batch = engine.Database.DataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into organizations (id, name) values ($1, 'Test')") { Parameters = { new() { Value = engine.Organization } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into workspaces (id, organization_id, name) values ($1, $2, 'Test')")
        {
            Parameters = { new() { Value = engine.Workspace }, new() { Value = engine.Organization } },
        });
        await batch.ExecuteNonQueryAsync();
        return engine;
    }

    /// <summary>Creates the database and starts one executor.</summary>
    public static async Task<EngineHost> StartAsync(params NodeExecutor[] nodes)
    {
        var engine = await CreateAsync(nodes);
        await engine.StartExecutorAsync();
        return engine;
    }

    public async Task<IHost> StartExecutorAsync(Action<ExecutorOptions>? configure = null, IEnumerable<NodeExecutor>? nodes = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:sos"] = Database.ConnectionString,
            ["Sos:Outbound:Allow:0"] = "127.0.0.1",
        });
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.AddExecutor();
        builder.Services.Configure<ExecutorOptions>(o =>
        {
            o.Lease = TimeSpan.FromSeconds(3);
            o.StopGrace = TimeSpan.FromSeconds(5);
            o.CancelGrace = TimeSpan.FromSeconds(2);
            configure?.Invoke(o);
        });
        var extra = (nodes ?? testNodes).ToArray();
        foreach (var node in extra)
            builder.Services.AddSingleton(node);
        builder.Services.Replace(ServiceDescriptor.Singleton(new NodeCatalog([.. BuiltInNodes.Types, .. extra.Select(n => n.Type)])));
        var host = builder.Build();
        await host.StartAsync();
        executors.Add(host);
        return host;
    }

    /// <summary>Saves a definition and starts an execution of it.</summary>
    public async Task<Guid> StartAsync(string definition, string input = "{}", string? stepMode = null, string[]? breakpoints = null)
    {
        var workflow = await SaveAsync(definition);
        return await SubmitAsync(workflow, input, stepMode is not null, breakpoints);
    }

    public async Task<Guid> SaveAsync(string definition)
    {
        var name = JsonDocument.Parse(definition).RootElement.GetProperty("name").GetString()!;
        var id = Guid.CreateVersion7();
        await using var batch = Database.DataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into workflows (id, workspace_id, name, latest_version) values ($1, $2, $3, 1)")
        {
            Parameters = { new() { Value = id }, new() { Value = Workspace }, new() { Value = name } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into workflow_versions (id, workspace_id, workflow_id, version, definition) values ($1, $2, $3, 1, $4::jsonb)")
        {
            Parameters = { new() { Value = Guid.CreateVersion7() }, new() { Value = Workspace }, new() { Value = id }, new() { Value = definition } },
        });
        await batch.ExecuteNonQueryAsync();
        return id;
    }

    public async Task<Guid> SubmitAsync(Guid workflow, string input = "{}", bool stepMode = false, string[]? breakpoints = null)
    {
        var id = Guid.CreateVersion7();
        var trace = System.Diagnostics.ActivityTraceId.CreateRandom().ToHexString();
        await using var batch = Database.DataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, input, step_mode, breakpoints, traceparent, trace_id)
            select $1, w.workspace_id, $3, w.id, v.id, v.version, w.name, $4::jsonb, $5, $6, $7, $8
            from workflows w join workflow_versions v on v.workflow_id = w.id where w.id = $2
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = workflow }, new() { Value = Organization }, new() { Value = input },
                new() { Value = stepMode }, new() { Value = breakpoints ?? [] },
                new() { Value = $"00-{trace}-00f067aa0ba902b7-01" }, new() { Value = trace },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_notify('sos_work', '')"));
        await batch.ExecuteNonQueryAsync();
        return id;
    }

    public async Task SignalAsync(Guid execution, string kind, string? nodeId = null, string? payload = null, string? iteration = null)
    {
        await using var batch = Database.DataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            with told as (
              update workflow_executions set
                signal_seq = signal_seq + 1,
                status = case when status in ('waiting', 'paused') then 'pending' else status end,
                due_at = now()
              where id = $1 returning signal_seq, workspace_id)
            insert into execution_signals (execution_id, seq, workspace_id, kind, node_id, iteration, payload)
            select $1, signal_seq, workspace_id, $2, $3, $4, $5::jsonb from told
            """)
        {
            Parameters =
            {
                new() { Value = execution }, new() { Value = kind }, Text(nodeId), Text(iteration), Text(payload),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_notify('sos_signal', $1), pg_notify('sos_work', '')") { Parameters = { new() { Value = execution.ToString() } } });
        await batch.ExecuteNonQueryAsync();

        static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };
    }

    /// <summary>Waits until an execution has one of these statuses.</summary>
    public async Task<ExecutionRow> WaitAsync(Guid execution, params string[] statuses)
    {
        ExecutionRow? row = null;
        await UntilAsync(async () => Array.IndexOf(statuses, (row = await ReadAsync(execution)).Status) >= 0,
            () => $"Execution is {row?.Status} and not {string.Join(" or ", statuses)}; error {row?.Error}.");
        return row!;
    }

    /// <summary>Waits until an execution has ended in any way.</summary>
    public Task<ExecutionRow> EndAsync(Guid execution) => WaitAsync(execution, "completed", "failed", "cancelled");

    public async Task<ExecutionRow> ReadAsync(Guid execution)
    {
        await using var command = Database.DataSource.CreateCommand("""
            select status, output::text, error::text, lease_owner, lease_epoch, checkpoint_seq, trace_id, paused_before, wake_at, lost_leases
            from workflow_executions where id = $1
            """);
        command.Parameters.AddWithValue(execution);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new ExecutionRow(
            reader.GetString(0), Json(reader, 1), Json(reader, 2), reader.IsDBNull(3) ? null : reader.GetGuid(3), reader.GetInt32(4), reader.GetInt32(5),
            reader.GetString(6), reader.GetFieldValue<string[]>(7), reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8), reader.GetInt16(9));
    }

    public async Task<IReadOnlyList<StepView>> StepsAsync(Guid execution)
    {
        await using var command = Database.DataSource.CreateCommand("""
            select node_id, iteration, status, attempt, output::text, error::text, branch, trace_id, attempts::text
            from execution_steps where execution_id = $1 order by started_at, node_id, iteration
            """);
        command.Parameters.AddWithValue(execution);
        var steps = new List<StepView>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            steps.Add(new StepView(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), Json(reader, 4), Json(reader, 5),
                reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetString(7), Json(reader, 8)));
        }
        return steps;
    }

    public async Task<IReadOnlyList<(string Type, string? Node, string? TraceId)>> EventsAsync(Guid execution)
    {
        await using var command = Database.DataSource.CreateCommand("select event_type, node_id, trace_id from event_logs where execution_id = $1 order by id");
        command.Parameters.AddWithValue(execution);
        var events = new List<(string, string?, string?)>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            events.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)));
        return events;
    }

    /// <summary>Waits for a condition that only the database can tell of.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string>? otherwise = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (!await condition())
                await pulse.WaitForNextTickAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail(otherwise?.Invoke() ?? "The condition was not met in time.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in executors)
        {
            await host.StopAsync();
            host.Dispose();
        }
        await Database.DisposeAsync();
    }

    private static JsonElement? Json(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : JsonElement.Parse(reader.GetString(ordinal));
}

internal sealed record ExecutionRow(
    string Status, JsonElement? Output, JsonElement? Error, Guid? LeaseOwner, int Epoch, int Checkpoints, string TraceId, string[] PausedBefore,
    DateTimeOffset? WakeAt, int LostLeases)
{
    public string? ErrorCode => Error?.GetProperty("code").GetString();
}

internal sealed record StepView(
    string NodeId, string Iteration, string Status, int Attempt, JsonElement? Output, JsonElement? Error, string? Branch, string TraceId, JsonElement? Attempts)
{
    public override string ToString() => Iteration.Length == 0 ? $"{NodeId}:{Status}" : $"{NodeId}[{Iteration}]:{Status}";
}
