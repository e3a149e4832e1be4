using System.Net;
using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class ScheduleTests
{
    [Fact]
    public async Task A_schedule_is_made_listed_paused_resumed_and_deleted()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var made = (await client.PostAsync("/schedules", Body(workflow))).Expect(HttpStatusCode.Created);
        var path = "/schedules/" + made["id"].GetString();
        Assert.Equal("/api/v1" + path, made.Response.Headers.Location?.ToString());
        Assert.Equal(("0 9 * * 1-5", "Europe/Berlin", "fireOnce", "allow", """{"a":1}""", true),
            (made["cron"].GetString(), made["timeZone"].GetString(), made["misfirePolicy"].GetString(), made["overlapPolicy"].GetString(), made["input"].GetRawText(), made["enabled"].GetBoolean()));
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var next = made["nextRunAt"].GetDateTimeOffset();
        Assert.True(next > DateTimeOffset.UtcNow);
        Assert.Equal(5, made["nextRuns"].GetArrayLength());
        Assert.Equal(next, made["nextRuns"][0].GetDateTimeOffset());
        Assert.Equal(9, TimeZoneInfo.ConvertTime(next, zone).Hour);

        var paused = (await client.PutAsync(path, Body(workflow, more: """, "enabled": false"""))).Expect(HttpStatusCode.OK);
        Assert.Equal((false, JsonValueKind.Null, 0), (paused["enabled"].GetBoolean(), paused["nextRunAt"].ValueKind, paused["nextRuns"].GetArrayLength()));
        var resumed = (await client.PutAsync(path, Body(workflow, cron: "0 10 * * 1-5"))).Expect(HttpStatusCode.OK);
        Assert.Equal(10, TimeZoneInfo.ConvertTime(resumed["nextRunAt"].GetDateTimeOffset(), zone).Hour);
        Assert.True(resumed["nextRunAt"].GetDateTimeOffset() > DateTimeOffset.UtcNow);

        Assert.Equal(5, (await client.GetAsync(path)).Expect(HttpStatusCode.OK)["nextRuns"].GetArrayLength());
        var second = (await client.PostAsync("/schedules", Body(workflow))).Expect(HttpStatusCode.Created)["id"].GetString();
        var page = (await client.GetAsync("/schedules?limit=1")).Expect(HttpStatusCode.OK);
        Assert.Equal(second, Assert.Single(page["items"].EnumerateArray()).GetProperty("id").GetString());
        var rest = (await client.GetAsync($"/schedules?limit=1&cursor={page["next"].GetString()}&workflowId={workflow}")).Expect(HttpStatusCode.OK);
        Assert.Equal(made["id"].GetString(), Assert.Single(rest["items"].EnumerateArray()).GetProperty("id").GetString());
        Assert.Empty((await client.GetAsync($"/schedules?workflowId={Guid.NewGuid()}")).Expect(HttpStatusCode.OK)["items"].EnumerateArray());

        (await client.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync(path)).ExpectProblem(404, "not_found");
        (await client.DeleteAsync(path)).ExpectProblem(404, "not_found");
        (await client.PutAsync(path, Body(workflow))).ExpectProblem(404, "not_found");
        Assert.Equal("schedule_created schedule_updated schedule_updated schedule_created schedule_deleted",
            await client.Host.Database.QueryAsync<string>($"select string_agg(event_type, ' ' order by id) from event_logs where workspace_id = '{client.Workspace}'"));
    }

    [Theory]
    [InlineData("/cron", "invalid_cron", "0 25 * * *", "")]
    [InlineData("/cron", "invalid_cron", "every day", "")]
    [InlineData("/cron", "never_runs", "0 0 30 2 *", "")]
    [InlineData("/cron", "never_runs", "0 0 * * *", """, "endsAt": "2020-01-01T00:00:00Z" """)]
    [InlineData("/timeZone", "unknown_time_zone", "0 0 * * *", """, "timeZone": "Mars/Olympus" """)]
    [InlineData("/misfirePolicy", "value_not_allowed", "0 0 * * *", """, "misfirePolicy": "retry" """)]
    [InlineData("/overlapPolicy", "value_not_allowed", "0 0 * * *", """, "overlapPolicy": "queue" """)]
    [InlineData("/endsAt", "invalid_time", "0 0 * * *", """, "startsAt": "2030-01-01T00:00:00Z", "endsAt": "2029-01-01T00:00:00Z" """)]
    [InlineData("/startsAt", "out_of_range", "0 0 * * *", """, "startsAt": "9999-12-31T23:59:59.9999999Z" """)]
    [InlineData("/startsAt", "out_of_range", "0 0 * * *", """, "startsAt": "0001-01-01T00:00:00Z" """)]
    [InlineData("/endsAt", "out_of_range", "0 0 * * *", """, "endsAt": "3000-01-01T00:00:00Z" """)]
    [InlineData("/version", "unknown_version", "0 0 * * *", """, "version": 9 """)]
    public async Task What_is_wrong_is_said_where_it_is(string pointer, string code, string cron, string more)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var refused = (await client.PostAsync("/schedules", $$"""{"name": "s", "workflowId": "{{workflow}}", "cron": "{{cron}}" {{more}}}""")).ExpectProblem(400, "invalid_schedule");
        Assert.Contains(refused["errors"].EnumerateArray(), e => (e.GetProperty("pointer").GetString(), e.GetProperty("code").GetString()) == (pointer, code));
    }

    [Fact]
    public async Task The_workflow_and_its_input_are_checked_when_a_schedule_is_saved()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/schedules", Body(Guid.NewGuid().ToString()))).ExpectProblem(400, "invalid_schedule");
        var workflow = await client.SaveAsync("""{"name": "strict", "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}}, "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}""");
        var refused = (await client.PostAsync("/schedules", Body(workflow))).ExpectProblem(400, "invalid_schedule");
        Assert.Equal("/input/a", Assert.Single(refused["errors"].EnumerateArray()).GetProperty("pointer").GetString());
        (await client.PostAsync("/schedules", $$"""{"name": "s", "workflowId": "{{workflow}}", "cron": "@daily", "input": "{{new string('x', 70_000)}}"}""")).ExpectProblem(400, "invalid_schedule");
    }

    [Fact]
    public async Task An_expression_can_be_tried_out()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var preview = (await client.PostAsync("/schedules/preview", """{"cron": "0 0 1 1 *", "startsAt": "2030-06-01T00:00:00Z", "endsAt": "2032-12-31T00:00:00Z", "timeZone": "America/New_York"}""")).Expect(HttpStatusCode.OK);
        Assert.Equal(["2031-01-01T05:00:00+00:00", "2032-01-01T05:00:00+00:00"], preview["nextRuns"].EnumerateArray().Select(t => t.GetString()));
        (await client.PostAsync("/schedules/preview", """{"cron": "never"}""")).ExpectProblem(400, "invalid_schedule");
        (await client.PostAsync("/schedules/preview", """{"cron": "@daily", "startsAt": "9999-12-31T23:59:59.9999999Z"}""")).ExpectProblem(400, "invalid_schedule");
        Assert.Empty((await client.PostAsync("/schedules/preview", """{"cron": "@daily", "startsAt": "2999-12-31T23:59:59Z", "timeZone": "America/New_York"}""")).Expect(HttpStatusCode.OK)["nextRuns"].EnumerateArray());
    }

    [Fact]
    public async Task A_repeated_request_makes_one_schedule()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var first = (await client.PostAsync("/schedules", Body(workflow), "k1")).Expect(HttpStatusCode.Created);
        var again = (await client.PostAsync("/schedules", Body(workflow), "k1")).Expect(HttpStatusCode.Created);
        Assert.Equal(first["id"].GetString(), again["id"].GetString());
        Assert.Single((await client.GetAsync("/schedules")).Expect(HttpStatusCode.OK)["items"].EnumerateArray());
    }

    [Fact]
    public async Task Viewers_see_and_developers_change()
    {
        var admin = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await admin.SaveAsync(Definitions.Transform());
        var viewer = await admin.Host.NewKeyAsync(admin.Workspace, "viewer");
        var developer = await admin.Host.NewKeyAsync(admin.Workspace, "developer");
        var id = (await developer.PostAsync("/schedules", Body(workflow))).Expect(HttpStatusCode.Created)["id"].GetString();
        (await viewer.GetAsync($"/schedules/{id}")).Expect(HttpStatusCode.OK);
        (await viewer.PostAsync("/schedules/preview", """{"cron": "@daily"}""")).Expect(HttpStatusCode.OK);
        (await viewer.PostAsync("/schedules", Body(workflow))).ExpectProblem(403, "role_too_low");
        (await viewer.PutAsync($"/schedules/{id}", Body(workflow))).ExpectProblem(403, "role_too_low");
        (await viewer.DeleteAsync($"/schedules/{id}")).ExpectProblem(403, "role_too_low");
    }

    [Fact]
    public async Task A_schedule_runs_its_workflow_as_soon_as_it_is_made_or_resumed()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform(value: "\"{{ execution.trigger.type + ' ' + string(input.a) }}\""));
        var path = "/schedules/" + (await client.PostAsync("/schedules", Body(workflow, cron: "* * * * * ?"))).Expect(HttpStatusCode.Created)["id"].GetString();
        Answer schedule = null!;
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(async () => (schedule = await client.GetAsync(path))["lastExecutionId"].ValueKind == JsonValueKind.String, "the schedule to run");
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "Executors were not told of the schedule, and only looked when their half minute was over.");
        var execution = await client.UntilAsync(schedule["lastExecutionId"].GetString()!, "completed");
        Assert.Equal("schedule 1", execution.GetProperty("output").GetString());
        Assert.Equal(client.User.ToString(), await client.Host.Database.QueryAsync<string>($"select user_id::text from workflow_executions where id = '{execution.GetProperty("id").GetString()}'"));
        Assert.Equal(("schedule", schedule["id"].GetString()), (execution.GetProperty("trigger").GetProperty("type").GetString(), execution.GetProperty("trigger").GetProperty("id").GetString()));

        (await client.DeleteAsync($"/workflows/{workflow}")).Expect(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(async () => !(schedule = await client.GetAsync(path))["enabled"].GetBoolean(), "the schedule to be disabled");
        Assert.Equal("workflow_deleted", schedule["disabledReason"].GetProperty("code").GetString());
    }

    private static string Body(string workflow, string cron = "0 9 * * 1-5", string more = "") =>
        $$"""{"name": "Morning report", "workflowId": "{{workflow}}", "cron": "{{cron}}", "timeZone": "Europe/Berlin", "input": {"a": 1}{{more}}}""";
}
