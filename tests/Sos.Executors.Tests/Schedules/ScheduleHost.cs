using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sos.Executors.Schedules;
using Sos.Executors.Tests.Engine;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Schedules;

/// <summary>A database with schedules, a clock that stands still unless it is told to go, and executors' loops over them.</summary>
internal sealed class ScheduleHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public const string Nothing = """{"name": "nothing", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}], "edges": []}""";

    private readonly List<NpgsqlDataSource> sources = [];

    private ScheduleHost(EngineHost engine) => Engine = engine;

    public EngineHost Engine { get; }

    public FakeTimeProvider Time { get; } = new(Noon);

    public static async Task<ScheduleHost> CreateAsync() => new(await EngineHost.CreateAsync());

    /// <summary>The schedules as one executor works with them, on connections of its own.</summary>
    /// <param name="name">What its connections are called; null for nothing.</param>
    public DueSchedules Executor(string? name = null)
    {
        var builder = new NpgsqlDataSourceBuilder(Engine.Database.ConnectionString);
        builder.ConnectionStringBuilder.ApplicationName = name;
        DatabaseRole.ActAs(builder, DatabaseRole.Executor);
        var source = builder.Build();
        sources.Add(source);
        return new DueSchedules(source);
    }

    public ScheduleLoop Loop() => new(Executor(), Time, NullLogger.Instance);

    /// <summary>Adds a schedule whose first time is the first one after now.</summary>
    public async Task<Guid> AddAsync(string cron, string misfire = MisfirePolicy.FireOnce, string overlap = OverlapPolicy.Allow, string definition = Nothing, string input = "{}", int? version = null, string zone = "UTC")
    {
        var workflow = await Engine.SaveAsync(definition.Replace("\"nothing\"", $"\"{Guid.NewGuid()}\"", StringComparison.Ordinal));
        var times = ScheduleInput.Times(cron, zone, null, null, []) ?? throw new ArgumentException(cron);
        var id = Guid.CreateVersion7();
        await using var insert = Engine.Database.DataSource.CreateCommand("""
            insert into schedules (id, workspace_id, name, workflow_id, version, cron, time_zone, input, misfire_policy, overlap_policy, enabled, next_run_at)
            values ($1, $2, 's', $3, $4, $5, $6, $7::jsonb, $8, $9, true, $10)
            """);
        foreach (var value in new object?[] { id, Engine.Workspace, workflow, (object?)version ?? DBNull.Value, cron, zone, input, misfire, overlap, times.Next(Time.GetUtcNow())!.Value.UtcDateTime })
            insert.Parameters.Add(value is DBNull ? new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer } : new NpgsqlParameter { Value = value });
        await insert.ExecuteNonQueryAsync();
        return id;
    }

    /// <summary>Runs everything that is due now, on one executor.</summary>
    public async Task RunDueAsync(DueSchedules executor)
    {
        while (await executor.RunNextAsync(Time.GetUtcNow(), CancellationToken.None) is not null)
        {
        }
    }

    /// <summary>The times that a schedule's executions were for, in order, as minutes after noon.</summary>
    public async Task<string> RunsAsync(Guid schedule) => await Engine.Database.QueryAsync<string>($"""
        select coalesce(string_agg(((extract(epoch from (trigger ->> 'scheduledAt')::timestamptz) - {Noon.ToUnixTimeSeconds()}) / 60)::numeric(10, 2)::real::text, ' ' order by trigger ->> 'scheduledAt'), '')
        from workflow_executions where trigger ->> 'id' = '{schedule}'
        """) ?? "";

    public Task<string?> ReadAsync(Guid schedule, string column) => Engine.Database.QueryAsync<string>($"select {column}::text from schedules where id = '{schedule}'");

    public async Task<double?> NextAsync(Guid schedule) =>
        await ReadAsync(schedule, $"((extract(epoch from next_run_at) - {Noon.ToUnixTimeSeconds()}) / 60)") is { } minutes ? double.Parse(minutes, CultureInfo.InvariantCulture) : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources)
            await source.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
