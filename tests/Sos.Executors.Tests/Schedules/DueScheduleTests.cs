using System.Collections.Concurrent;
using System.Diagnostics;
using Sos.Executors.Tests.Engine;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Tests.Schedules;

public sealed class DueScheduleTests : IAsyncLifetime
{
    private readonly ConcurrentBag<Activity> fired = [];
    private ScheduleHost host = null!;

    public async Task InitializeAsync() => host = await ScheduleHost.CreateAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [InlineData(MisfirePolicy.FireOnce, "300", 4)]
    [InlineData(MisfirePolicy.Skip, "", null)]
    [InlineData(MisfirePolicy.FireAll, "60 120 180 240 300", 0)]
    public async Task A_schedule_that_was_due_while_every_executor_was_down_goes_by_its_misfire_policy(string policy, string runs, int? missed)
    {
        var schedule = await host.AddAsync("0 * * * *", policy);
        host.Time.Advance(TimeSpan.FromMinutes(5 * 60 + 30));
        var executor = host.Executor();
        await host.RunDueAsync(executor);
        await host.RunDueAsync(executor);
        Assert.Equal(runs, await host.RunsAsync(schedule));
        Assert.Equal(360, await host.NextAsync(schedule));
        if (missed is { } count)
            Assert.Equal(count, await host.Engine.Database.QueryAsync<int>("select (trigger ->> 'missed')::int from workflow_executions limit 1"));
        else
            Assert.Equal("misfire 5", await host.Engine.Database.QueryAsync<string>("select context ->> 'reason' || ' ' || (context ->> 'missed') from event_logs where event_type = 'schedule_skipped'"));
    }

    [Fact]
    public async Task The_execution_is_what_the_schedule_says_in_a_trace_of_its_own()
    {
        using var listener = Listen();
        var schedule = await host.AddAsync("0 * * * *", input: """{"region": "eu"}""");
        host.Time.Advance(TimeSpan.FromMinutes(60) + TimeSpan.FromSeconds(2));
        await host.RunDueAsync(host.Executor());

        var span = Assert.Single(fired, s => (string?)s.GetTagItem(TriggerSpans.ScheduleId) == schedule.ToString());
        Assert.Null(span.ParentId);
        Assert.Equal(("2026-11-22T13:00:00Z", 2_000.0), (span.GetTagItem(TriggerSpans.ScheduleDueAt), span.GetTagItem(TriggerSpans.ScheduleDelayMs)));
        Assert.Equal(
            $$"""{"region": "eu"}|{{span.Id}}|{{span.TraceId}}|{"id": "{{schedule}}", "type": "schedule", "missed": 0, "scheduledAt": "2026-11-22T13:00:00+00:00"}|{{span.GetTagItem(Attributes.WorkflowExecutionId)}}""",
            await host.Engine.Database.QueryAsync<string>("select concat_ws('|', input, traceparent, trace_id, trigger, id) from workflow_executions"));
        Assert.Equal($"schedule_fired {span.TraceId} {span.SpanId} {span.GetTagItem(Attributes.WorkflowExecutionId)}",
            await host.Engine.Database.QueryAsync<string>("select concat_ws(' ', event_type, trace_id, span_id, execution_id) from event_logs"));
        Assert.Equal($"{span.GetTagItem(Attributes.WorkflowExecutionId)}", await host.ReadAsync(schedule, "last_execution_id"));
        Assert.Equal("60", await host.ReadAsync(schedule, $"((extract(epoch from last_run_at) - {ScheduleHost.Noon.ToUnixTimeSeconds()}) / 60)::int"));
    }

    [Fact]
    public async Task Times_that_are_left_out_and_schedules_that_are_disabled_have_a_span_and_its_row_says_which()
    {
        using var listener = Listen();
        var skipped = await host.AddAsync("0 * * * *", MisfirePolicy.Skip);
        var gone = await host.AddAsync("5 * * * *", version: 9);
        host.Time.Advance(TimeSpan.FromHours(1.5));
        await host.RunDueAsync(host.Executor());
        foreach (var (schedule, status, code) in new[] { (skipped, ActivityStatusCode.Unset, null), (gone, ActivityStatusCode.Error, "version_missing") })
        {
            var span = Assert.Single(fired, s => (string?)s.GetTagItem(TriggerSpans.ScheduleId) == schedule.ToString());
            Assert.Equal((status, code), (span.Status, span.GetTagItem(Attributes.ErrorType)));
            Assert.Equal($"{span.TraceId} {span.SpanId}", await host.Engine.Database.QueryAsync<string>($"select trace_id || ' ' || span_id from event_logs where context ->> 'id' = '{schedule}'"));
        }
    }

    [Fact]
    public async Task A_time_is_left_out_while_the_last_execution_has_not_ended()
    {
        var schedule = await host.AddAsync("0 * * * *", overlap: OverlapPolicy.Skip);
        var executor = host.Executor();
        host.Time.Advance(TimeSpan.FromHours(1));
        await host.RunDueAsync(executor);
        host.Time.Advance(TimeSpan.FromHours(1));
        await host.RunDueAsync(executor);
        Assert.Equal("60", await host.RunsAsync(schedule));
        Assert.Equal(180, await host.NextAsync(schedule));
        Assert.Equal("overlap", await host.Engine.Database.QueryAsync<string>("select context ->> 'reason' from event_logs where event_type = 'schedule_skipped'"));

        await host.Engine.Database.ExecuteAsync("update workflow_executions set status = 'completed'");
        host.Time.Advance(TimeSpan.FromHours(1));
        await host.RunDueAsync(executor);
        Assert.Equal("60 180", await host.RunsAsync(schedule));
    }

    /// <summary>
    /// The slow executor begins to look for what is due, and is held up before it locks anything; meanwhile the other one
    /// starts an execution, and commits.
    /// </summary>
    [Fact]
    public async Task An_execution_that_was_started_while_another_executor_was_looking_is_not_overlapped()
    {
        const long gate = 4711;
        var schedule = await host.AddAsync("0 * * * *", overlap: OverlapPolicy.Skip);
        await host.Engine.Database.ExecuteAsync($"""
            create function wait_at_gate() returns boolean language plpgsql volatile as $$
              begin
                if current_setting('application_name') = 'slow' then
                  perform pg_advisory_xact_lock_shared({gate});
                end if;
                return true;
              end $$;
            alter policy every_workspace on schedules using (wait_at_gate());
            """);
        await using var keeper = await host.Engine.Database.DataSource.OpenConnectionAsync();
        await using (var close = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({gate})", keeper))
            await close.ExecuteNonQueryAsync();
        var slow = host.Executor("slow").RunNextAsync(ScheduleHost.Noon.AddHours(2), CancellationToken.None);
        await EngineHost.UntilAsync(() => host.Engine.Database.QueryAsync<bool>(
            "select exists (select from pg_stat_activity where datname = current_database() and application_name = 'slow' and wait_event = 'advisory')"));

        Assert.Equal(1, (await host.Executor().RunNextAsync(ScheduleHost.Noon.AddHours(1), CancellationToken.None))?.Executions);
        await using (var open = new Npgsql.NpgsqlCommand($"select pg_advisory_unlock({gate})", keeper))
            await open.ExecuteNonQueryAsync();
        Assert.Equal(0, (await slow)?.Executions);
        Assert.Equal("60", await host.RunsAsync(schedule));
        Assert.Equal(180, await host.NextAsync(schedule));
    }

    [Theory]
    [InlineData("time_zone = 'Europe/Atlantis'", "time_zone = 'UTC'")] // no data of that time zone on this machine
    [InlineData("cron = '0 0 0 NEW ? *'", "cron = '0 * * * *'")] // something that only newer executors know
    public async Task What_this_executor_can_not_tell_the_times_of_is_left_to_the_others(string change, string elsewhere)
    {
        var schedule = await host.AddAsync("0 * * * *");
        await host.Engine.Database.ExecuteAsync("update schedules set " + change);
        var other = await host.AddAsync("5 13 * * *");
        host.Time.Advance(TimeSpan.FromMinutes(65));
        var executor = host.Executor();
        var turn = await executor.RunNextAsync(host.Time.GetUtcNow(), CancellationToken.None);
        Assert.Equal((schedule, 0, true), (turn?.ScheduleId, turn?.Executions, turn?.PutAside?.Length > 0));
        await host.RunDueAsync(executor);
        Assert.Equal("65", await host.RunsAsync(other));
        Assert.Equal("true||60", $"{await host.ReadAsync(schedule, "enabled")}|{await host.ReadAsync(schedule, "disabled_reason")}|{await host.NextAsync(schedule)}");
        Assert.True(await executor.UntilNextAsync(host.Time.GetUtcNow(), CancellationToken.None) > TimeSpan.FromMinutes(1), "It is asked for again and again.");

        // Who can tell them is simulated by what can be told.
        await host.Engine.Database.ExecuteAsync($"update schedules set {elsewhere} where id = '{schedule}'");
        Assert.Null(await executor.RunNextAsync(host.Time.GetUtcNow(), CancellationToken.None));
        host.Time.Advance(DueSchedules.PutAsideFor);
        Assert.Equal(1, (await executor.RunNextAsync(host.Time.GetUtcNow(), CancellationToken.None))?.Executions);
        Assert.Equal("60", await host.RunsAsync(schedule));
    }

    [Fact]
    public async Task Making_up_for_missed_times_does_not_overlap_either()
    {
        var schedule = await host.AddAsync("0 * * * *", MisfirePolicy.FireAll, OverlapPolicy.Skip);
        host.Time.Advance(TimeSpan.FromHours(4.5));
        await host.RunDueAsync(host.Executor());
        Assert.Equal("240", await host.RunsAsync(schedule));
    }

    [Theory]
    [InlineData("update workflows set deleted_at = now()", "workflow_deleted")]
    [InlineData("update schedules set version = 7", "version_missing")]
    [InlineData("""update workflow_versions set definition = definition || '{"inputSchema": {"type": "object", "required": ["id"]}}'""", "invalid_input")]
    public async Task A_schedule_that_can_not_run_is_disabled_and_says_why(string change, string code)
    {
        var schedule = await host.AddAsync("0 * * * *");
        await host.Engine.Database.ExecuteAsync(change);
        host.Time.Advance(TimeSpan.FromHours(1));
        var turn = await host.Executor().RunNextAsync(host.Time.GetUtcNow(), CancellationToken.None);
        Assert.Equal(code, turn?.Stop?.Code);
        Assert.Equal($"false|{code}|", await host.ReadAsync(schedule, "concat(enabled::text, '|', disabled_reason ->> 'code', '|', next_run_at)"));
        Assert.Equal($"{schedule} {code}", await host.Engine.Database.QueryAsync<string>("select concat(context ->> 'id', ' ', context ->> 'code') from event_logs where event_type = 'schedule_disabled'"));
        Assert.Equal(0L, await host.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions"));
        await host.RunDueAsync(host.Executor());
    }

    [Fact]
    public async Task A_fault_disables_one_schedule_and_the_others_run()
    {
        var bad = await host.AddAsync("0 * * * *");
        await host.Engine.Database.ExecuteAsync("update workflow_versions set version = 2; update workflows set latest_version = 2, name = repeat('x', 200); alter table workflow_executions add check (version <> 2)");
        var good = await host.AddAsync("5 * * * *");
        host.Time.Advance(TimeSpan.FromMinutes(65));
        await host.RunDueAsync(host.Executor());
        Assert.Equal("firing_failed", await host.ReadAsync(bad, "disabled_reason ->> 'code'"));
        Assert.Equal("65", await host.RunsAsync(good));
    }

    [Fact]
    public async Task A_time_is_never_run_twice_even_where_the_schedule_is_set_back()
    {
        var schedule = await host.AddAsync("0 * * * *");
        host.Time.Advance(TimeSpan.FromHours(1));
        var executor = host.Executor();
        await host.RunDueAsync(executor);
        var last = await host.ReadAsync(schedule, "last_execution_id");
        await host.Engine.Database.ExecuteAsync("update schedules set next_run_at = last_run_at");
        await host.RunDueAsync(executor);
        Assert.Equal("60", await host.RunsAsync(schedule));
        Assert.Equal(last, await host.ReadAsync(schedule, "last_execution_id"));
        Assert.Equal(120, await host.NextAsync(schedule));
    }

    [Fact]
    public async Task The_local_time_counts_across_a_change_of_the_clock()
    {
        // 07:00 in Berlin is 05:00 UTC until 25 October 2026, and 06:00 UTC after.
        host.Time.SetUtcNow(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
        var schedule = await host.AddAsync("0 7 * * *", zone: "Europe/Berlin");
        Assert.Equal(18 * 60, await host.NextAsync(schedule)); // 06:00 UTC tomorrow
        host.Time.SetUtcNow(new DateTimeOffset(2027, 3, 28, 4, 0, 0, TimeSpan.Zero));
        await host.RunDueAsync(host.Executor());
        Assert.Equal((new DateTimeOffset(2027, 3, 28, 5, 0, 0, TimeSpan.Zero) - ScheduleHost.Noon).TotalMinutes, await host.NextAsync(schedule));
    }

    [Fact]
    public async Task A_workflow_sees_what_triggered_it()
    {
        const string definition = """{"name": "nothing", "nodes": [{"id": "a", "type": "transform", "config": {"value": "{{ execution.trigger.type + ' ' + string(execution.trigger.scheduledAt) + ' ' + string(execution.trigger.missed) }}"}}], "output": "{{ steps.a }}"}""";
        var schedule = await host.AddAsync("0 * * * *", definition: definition);
        host.Time.Advance(TimeSpan.FromHours(1));
        await host.RunDueAsync(host.Executor());
        var byHand = await host.Engine.StartAsync(definition.Replace("{{ execution.trigger.type + ' ' + string(execution.trigger.scheduledAt) + ' ' + string(execution.trigger.missed) }}", "{{ execution.trigger }}", StringComparison.Ordinal));
        await host.Engine.StartExecutorAsync();
        var id = Guid.Parse((await host.ReadAsync(schedule, "last_execution_id"))!);
        Assert.Equal("schedule 2026-11-22T13:00:00Z 0", (await host.Engine.EndAsync(id)).Output?.GetString());
        Assert.Equal("""{"type":"api"}""", (await host.Engine.EndAsync(byHand)).Output?.GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SosTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.OperationName == TriggerSpans.ScheduleFire)
                    fired.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
