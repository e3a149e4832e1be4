using System.Net;
using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class WorkflowTests
{
    [Fact]
    public async Task A_saved_workflow_comes_back_with_its_definition_and_version()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var created = (await client.PostAsync("/workflows", Definitions.Transform("one"))).Expect(HttpStatusCode.Created);
        var got = (await client.GetAsync($"/workflows/{created["id"].GetString()}")).Expect(HttpStatusCode.OK);

        Assert.Equal($"/api/v1/workflows/{created["id"].GetString()}", created.Response.Headers.Location?.ToString());
        Assert.Equal("\"1\"", got.Response.Headers.ETag?.Tag);
        Assert.Equal("one", got["name"].GetString());
        Assert.Equal(1, got["version"].GetInt32());
        Assert.Equal("{{ input }}", got["definition"].GetProperty("nodes")[0].GetProperty("config").GetProperty("value").GetString());
    }

    [Fact]
    public async Task A_save_makes_a_version_and_a_repeated_save_makes_none()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.SaveAsync(Definitions.Transform());
        var changed = Definitions.Transform(value: "2");

        Assert.Equal(2, (await client.PutAsync($"/workflows/{id}", changed)).Expect(HttpStatusCode.OK)["version"].GetInt32());
        Assert.Equal(2, (await client.PutAsync($"/workflows/{id}", changed)).Expect(HttpStatusCode.OK)["version"].GetInt32());
        var versions = (await client.GetAsync($"/workflows/{id}/versions")).Expect(HttpStatusCode.OK)["items"];
        Assert.Equal([2, 1], versions.EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        var first = (await client.GetAsync($"/workflows/{id}/versions/1")).Expect(HttpStatusCode.OK);
        Assert.Equal("{{ input }}", first["definition"].GetProperty("nodes")[0].GetProperty("config").GetProperty("value").GetString());
        (await client.GetAsync($"/workflows/{id}/versions/3")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task A_definition_comes_back_in_its_authors_order_and_another_order_makes_no_version()
    {
        var host = await ApiHost.ExecutingAsync();
        var client = await host.NewWorkspaceAsync();
        var id = await client.SaveAsync(With("street", "zip", "id"));
        Assert.Equal((1, "street zip id", "street zip id"), await SavedAsync());

        Assert.Equal(1, (await client.PutAsync($"/workflows/{id}", With("zip", "street", "id"))).Expect(HttpStatusCode.OK)["version"].GetInt32());
        Assert.Equal((1, "zip street id", "zip street id"), await SavedAsync());
        (await client.PutAsync($"/workflows/{id}", With("zip", "id", "city"))).Expect(HttpStatusCode.OK);
        Assert.Equal((2, "zip id city", "zip street id"), await SavedAsync());
        Assert.Equal(3, (await client.RunAsync(id)).GetProperty("output").EnumerateObject().Count());

        // What was saved before orders were kept has the database's, until it is saved again.
        await host.Database.ExecuteAsync($"update workflow_versions set definition_text = null where workflow_id = '{id}'");
        Assert.Equal((2, "id zip city", "id zip street"), await SavedAsync());
        (await client.PutAsync($"/workflows/{id}", With("zip", "id", "city"))).Expect(HttpStatusCode.OK);
        Assert.Equal((2, "zip id city", "id zip street"), await SavedAsync());

        async Task<(int Version, string Latest, string First)> SavedAsync()
        {
            var latest = (await client.GetAsync($"/workflows/{id}")).Expect(HttpStatusCode.OK);
            return (latest["version"].GetInt32(), Names(latest["definition"]), Names((await client.GetAsync($"/workflows/{id}/versions/1")).Expect(HttpStatusCode.OK)["definition"]));
        }

        static string Names(JsonElement definition) => string.Join(' ', definition.GetProperty("nodes")[0].GetProperty("config").GetProperty("value").EnumerateObject().Select(p => p.Name));

        static string With(params string[] names) => $$$"""
            {"name": "ordered", "nodes": [{"id": "a", "type": "transform", "config": {"value": { {{{string.Join(", ", names.Select(n => $"\"{n}\": 1"))}}} } } }]}
            """;
    }

    [Fact]
    public async Task Concurrent_saves_number_their_versions_without_gaps_or_doubles()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.SaveAsync(Definitions.Transform());
        var saved = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.PutAsync($"/workflows/{id}", Definitions.Transform(value: $"{i}"))));
        Assert.Equal(Enumerable.Range(2, 8), saved.Select(s => s.Expect(HttpStatusCode.OK)["version"].GetInt32()).Order());
    }

    [Fact]
    public async Task If_match_refuses_to_save_over_somebody_elses_change()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.SaveAsync(Definitions.Transform());
        (await client.PutAsync($"/workflows/{id}", Definitions.Transform(value: "2"), ifMatch: "\"1\"")).Expect(HttpStatusCode.OK);
        (await client.PutAsync($"/workflows/{id}", Definitions.Transform(value: "3"), ifMatch: "\"1\"")).ExpectProblem(412, "version_changed");
        (await client.PutAsync($"/workflows/{id}", Definitions.Transform(value: "3"), ifMatch: "one")).ExpectProblem(400, "invalid_parameter");
    }

    [Fact]
    public async Task A_name_is_taken_once_regardless_of_case_and_free_again_after_deletion()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.SaveAsync(Definitions.Transform("Mine"));
        var other = await client.SaveAsync(Definitions.Transform("other"));
        (await client.PostAsync("/workflows", Definitions.Transform("mine"))).ExpectProblem(409, "name_taken");
        (await client.PutAsync($"/workflows/{other}", Definitions.Transform("MINE"))).ExpectProblem(409, "name_taken");

        (await client.DeleteAsync($"/workflows/{id}")).Expect(HttpStatusCode.NoContent);
        await client.SaveAsync(Definitions.Transform("mine"));
        (await client.GetAsync($"/workflows/{id}")).ExpectProblem(404, "not_found");
        (await client.DeleteAsync($"/workflows/{id}")).ExpectProblem(404, "not_found");
        (await client.PostAsync($"/workflows/{id}/executions", "{}")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task Pages_hold_every_workflow_once_newest_first()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Insert(0, await client.SaveAsync(Definitions.Transform($"w{i}")));

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await client.GetAsync($"/workflows?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}")).Expect(HttpStatusCode.OK);
            seen.AddRange(page["items"].EnumerateArray().Select(w => w.GetProperty("id").GetString()!));
            cursor = page.Body.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        Assert.Equal(ids, seen);
        Assert.Equal(ids[1], (await client.GetAsync("/workflows?name=W3")).Expect(HttpStatusCode.OK)["items"][0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Every_mistake_of_a_definition_is_said_at_once_with_its_pointer()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        const string broken = """
            {"name": "x",
             "nodes": [{"id": "a", "type": "transform", "config": {"value": "{{ 1 + }}"}}, {"id": "b", "type": "nope"}],
             "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}, {"from": "a", "to": "ghost"}]}
            """;
        var refused = (await client.PostAsync("/workflows", broken)).ExpectProblem(400, "invalid_definition");
        var errors = refused["errors"].EnumerateArray().Select(e => (e.GetProperty("pointer").GetString(), e.GetProperty("code").GetString())).ToList();
        Assert.Contains(("/nodes/0/config/value", "invalid_expression"), errors);
        Assert.Contains(("/nodes/1/type", "unknown_node_type"), errors);
        Assert.Contains(errors, e => e.Item2 == "cycle");
        Assert.Contains(errors, e => e.Item2 == "dangling_edge");

        var validation = (await client.PostAsync("/workflows/validate", broken)).Expect(HttpStatusCode.OK);
        Assert.False(validation["valid"].GetBoolean());
        Assert.Equal(errors.Count, validation["problems"].GetArrayLength());
        Assert.True((await client.PostAsync("/workflows/validate", Definitions.Chain())).Expect(HttpStatusCode.OK)["valid"].GetBoolean());
        Assert.Equal("invalid_json", (await client.PostAsync("/workflows/validate", "{")).Expect(HttpStatusCode.OK)["problems"][0].GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/workflows")]
    [InlineData("/workflows/import")]
    public async Task A_graph_in_react_flows_shape_is_imported(string path)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var created = (await client.PostAsync(path, """
            {"name": "drawn",
             "nodes": [{"id": "1", "position": {"x": 1, "y": 2}, "data": {"type": "transform", "config": {"value": 1}}},
                       {"id": "2", "position": {"x": 3, "y": 4}, "data": {"type": "transform", "config": {"value": 2}}}],
             "edges": [{"id": "e", "source": "1", "target": "2"}]}
            """)).Expect(HttpStatusCode.Created);
        var definition = (await client.GetAsync($"/workflows/{created["id"].GetString()}")).Expect(HttpStatusCode.OK)["definition"];
        Assert.Equal(2, definition.GetProperty("nodes").GetArrayLength());
        Assert.Equal(JsonValueKind.Array, created["warnings"].ValueKind); // ids that start with a digit get another name
        Assert.Equal(definition.GetProperty("nodes")[0].GetProperty("id").GetString(), definition.GetProperty("edges")[0].GetProperty("from").GetString());
    }

    [Fact]
    public async Task The_same_save_with_the_same_key_is_done_once()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.PostAsync("/workflows", Definitions.Transform(), "save-1")));
        // Those that came while the first was being done are told so; the others got its answer.
        var done = answers.Where(a => a.Status == HttpStatusCode.Created).ToList();
        Assert.NotEmpty(done);
        Assert.Single(done.Select(a => a["id"].GetString()).Distinct());
        Assert.All(answers.Except(done), a => a.ExpectProblem(409, "idempotency_key_in_use"));

        var again = (await client.PostAsync("/workflows", Definitions.Transform(), "save-1")).Expect(HttpStatusCode.Created);
        Assert.Equal(done[0].Text, again.Text);
        Assert.Equal(done[0].Response.Headers.Location, again.Response.Headers.Location);
        Assert.Equal("true", again.Response.Headers.GetValues("Idempotency-Replayed").Single());
        (await client.PostAsync("/workflows", Definitions.Transform("other"), "save-1")).ExpectProblem(422, "idempotency_key_reused");
        Assert.Equal(1, (await client.GetAsync("/workflows"))["items"].GetArrayLength());
    }

    [Fact]
    public async Task A_key_of_a_refused_request_can_be_used_again()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/workflows", """{"name": ""}""", "k")).ExpectProblem(400, "invalid_definition");
        (await client.PostAsync("/workflows", Definitions.Transform(), "k")).Expect(HttpStatusCode.Created);
    }
}
