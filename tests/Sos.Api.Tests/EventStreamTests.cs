using System.Globalization;
using System.Net;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class EventStreamTests
{
    [Fact]
    public async Task Events_come_as_they_commit_and_the_stream_ends_with_the_execution()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Approval()));
        await using var stream = await SseReader.OpenAsync(client, $"/executions/{id}/events");
        Assert.Equal("workflow_started", (await stream.NextAsync()).Type);
        await stream.UntilAsync("node_waiting");
        (await client.PostAsync($"/executions/{id}/approvals/ask", """{"decision": "approve"}""")).Expect(HttpStatusCode.Accepted);
        await stream.UntilAsync("workflow_completed");
        var end = await stream.NextAsync();
        Assert.Equal(("end", "completed"), (end.Type, end.Data.GetProperty("status").GetString()));
        Assert.True(await stream.EndedAsync());
    }

    [Fact]
    public async Task A_reader_that_lost_its_connection_goes_on_behind_the_last_event()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var done = await client.RunAsync(await client.SaveAsync(Definitions.Chain()));
        var path = $"/executions/{done.GetProperty("id").GetString()}/events";
        var all = await AllAsync(client, path);
        Assert.True(all.Count > 4);
        Assert.Equal(all.Order(), all);

        Assert.Equal(all[2..], await AllAsync(client, path, ("Last-Event-ID", all[1].ToString(CultureInfo.InvariantCulture))));
        Assert.Equal(all[2..], await AllAsync(client, $"{path}?after={all[1]}"));
        // What the header says is newer than what the address said when the stream was opened first.
        Assert.Equal(all[3..], await AllAsync(client, $"{path}?after={all[1]}", ("Last-Event-ID", all[2].ToString(CultureInfo.InvariantCulture))));
        Assert.Empty(await AllAsync(client, $"{path}?after={all[^1]}"));
    }

    [Fact]
    public async Task Many_events_are_all_sent_once_and_in_order()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        await host.Database.ExecuteAsync($"""
            insert into event_logs (workspace_id, execution_id, event_type) select '{client.Workspace}', '{id}', 'e' || n from generate_series(1, 950) n;
            update workflow_executions set status = 'completed' where id = '{id}'
            """);
        var ids = await AllAsync(client, $"/executions/{id}/events");
        Assert.Equal(950, ids.Count);
        Assert.Equal(ids.Distinct().Order(), ids);
    }

    [Fact]
    public async Task An_event_of_another_server_is_sent_when_it_is_announced()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        await using var stream = await SseReader.OpenAsync(client, $"/executions/{id}/events");
        await host.Database.ExecuteAsync($"""
            insert into event_logs (workspace_id, execution_id, event_type) values ('{client.Workspace}', '{id}', 'hello');
            select pg_notify('sos_events', '{Guid.NewGuid():N},{Guid.Parse(id):N}')
            """);
        Assert.Equal("hello", (await stream.NextAsync()).Type);
        await host.Database.ExecuteAsync($"""
            insert into event_logs (workspace_id, execution_id, event_type) values ('{client.Workspace}', '{id}', 'hello again');
            update workflow_executions set status = 'cancelled' where id = '{id}';
            select pg_notify('sos_events', '')
            """);
        Assert.Equal("hello again", (await stream.NextAsync()).Type);
        Assert.Equal("end", (await stream.NextAsync()).Type);
    }

    [Fact]
    public async Task A_position_that_is_no_number_is_refused()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        (await client.GetAsync($"/executions/{id}/events?after=-1")).ExpectProblem(400, "invalid_parameter");
        (await client.SendAsync(HttpMethod.Get, $"/executions/{id}/events", null, ("Last-Event-ID", "x"))).ExpectProblem(400, "invalid_parameter");
    }

    [Fact]
    public async Task More_streams_than_allowed_are_refused_and_a_closed_one_makes_room()
    {
        await using var host = await ApiHost.StartAsync(executes: false, b => b.Configuration["Sos:Api:MaxEventStreams"] = "1");
        var client = await host.NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        await using (await SseReader.OpenAsync(client, $"/executions/{id}/events"))
            (await client.GetAsync($"/executions/{id}/events")).ExpectProblem(503, "too_many_streams");
        await host.Database.ExecuteAsync($"update workflow_executions set status = 'completed' where id = '{id}'");
        await Eventually.TrueAsync(async () => (await client.GetAsync($"/executions/{id}/events")).Status == HttpStatusCode.OK, "room for a stream");
    }

    private static async Task<List<long>> AllAsync(ApiClient client, string path, params (string, string)[] headers)
    {
        await using var stream = await SseReader.OpenAsync(client, path, headers);
        var ids = new List<long>();
        while (await stream.NextAsync() is { Type: not "end", Id: { } id })
            ids.Add(id);
        Assert.True(await stream.EndedAsync());
        return ids;
    }
}
