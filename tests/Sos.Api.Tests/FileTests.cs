using System.Net;
using System.Text;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class FileTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sos-api-files-");
    private ApiHost host = null!;
    private ApiClient client = null!;

    public async Task InitializeAsync()
    {
        host = await ApiHost.StartAsync(executes: true, builder =>
        {
            builder.Configuration["Sos:Files:Folder"] = folder.FullName;
            builder.Configuration["Sos:Files:MaxFileBytes"] = "3000000";
        });
        client = await host.NewWorkspaceAsync();
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_file_is_uploaded_listed_downloaded_and_deleted()
    {
        var uploaded = (await client.PutAsync("/files/in/Größe%20(1).json", "[1]")).Expect(HttpStatusCode.OK);
        Assert.Equal(("in/Größe (1).json", 3, "application/json"), (uploaded["path"].GetString(), uploaded["size"].GetInt32(), uploaded["contentType"].GetString()));
        (await client.PutAsync("/files/b.txt", "b")).Expect(HttpStatusCode.OK);

        var page = (await client.GetAsync("/files?limit=1")).Expect(HttpStatusCode.OK);
        Assert.Equal("b.txt", page["items"][0].GetProperty("path").GetString());
        page = (await client.GetAsync($"/files?cursor={page["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal("in/Größe (1).json", page["items"][0].GetProperty("path").GetString());
        Assert.Equal(1, (await client.GetAsync("/files?glob=**/*.json")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        Assert.Equal(1, (await client.GetAsync("/files?folder=in")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());

        using var download = await client.Http.GetAsync("/api/v1/files/in%2FGr%C3%B6%C3%9Fe%20(1).json");
        Assert.Equal("[1]", await download.Content.ReadAsStringAsync());
        Assert.Equal(("application/json", 3), (download.Content.Headers.ContentType!.MediaType, download.Content.Headers.ContentLength));
        Assert.Equal(("attachment", "Größe (1).json"), (download.Content.Headers.ContentDisposition!.DispositionType, download.Content.Headers.ContentDisposition.FileNameStar));
        Assert.Equal("nosniff", Assert.Single(download.Headers.GetValues("X-Content-Type-Options")));

        (await client.DeleteAsync("/files/b.txt")).Expect(HttpStatusCode.NoContent);
        (await client.DeleteAsync("/files/b.txt")).ExpectProblem(404, "file_not_found");
        (await client.DeleteAsync("/files/in?recursive=true")).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync("/files/b.txt")).ExpectProblem(404, "file_not_found");
        Assert.Equal("file_written,file_written,file_deleted,file_deleted", await host.Database.QueryAsync<string>(
            $"select string_agg(event_type, ',' order by id) from event_logs where workspace_id = '{client.Workspace}' and user_id = '{client.User}' and context ? 'path'"));
    }

    [Theory]
    [InlineData("evil.html", "application/octet-stream")]
    [InlineData("evil.svg", "application/octet-stream")]
    [InlineData("evil.js", "application/octet-stream")]
    [InlineData("good.csv", "text/csv")]
    public async Task A_download_is_nothing_that_a_browser_would_run(string name, string contentType)
    {
        (await client.PutAsync($"/files/{name}", "<script>alert(1)</script>")).Expect(HttpStatusCode.OK);
        using var download = await client.Http.GetAsync($"/api/v1/files/{name}");
        Assert.Equal(contentType, download.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment", download.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Contains("sandbox", Assert.Single(download.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_may_depend_on_what_is_there()
    {
        using var first = await UploadAsync("f", "1", ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        (await client.SendAsync(HttpMethod.Put, "/files/f", "2", ("If-None-Match", "*"))).ExpectProblem(409, "file_exists");
        using var second = await UploadAsync("f", "2", ("If-Match", first.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        (await client.PutAsync("/files/f", "3", ifMatch: first.Headers.ETag!.ToString())).ExpectProblem(412, "file_changed");
        (await client.SendAsync(HttpMethod.Put, "/files/f", "2", ("If-None-Match", "\"x\""))).ExpectProblem(400, "invalid_parameter");
    }

    [Fact]
    public async Task Paths_lead_nowhere_else_and_sizes_are_bounded()
    {
        (await client.GetAsync("/files/a%5C..%5Cb")).ExpectProblem(400, "path_not_allowed");
        (await client.GetAsync("/files/a%2F..%2F..%2Fb")).ExpectProblem(400, "path_not_allowed");
        (await client.GetAsync("/files/CON")).ExpectProblem(400, "path_not_allowed");
        (await client.GetAsync("/files?folder=../x")).ExpectProblem(400, "path_not_allowed");
        (await client.GetAsync("/files?cursor=..")).ExpectProblem(400, "invalid_cursor");
        (await client.PutAsync("/files/large", new string('x', 3_000_000))).Expect(HttpStatusCode.OK);
        using var refused = await UploadAsync("large", new string('x', 3_000_001));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Fact]
    public async Task Files_are_their_workspaces_own_and_roles_hold()
    {
        (await client.PutAsync("/files/mine", "x")).Expect(HttpStatusCode.OK);
        var stranger = await host.NewWorkspaceAsync();
        (await stranger.GetAsync("/files/mine")).ExpectProblem(404, "file_not_found");
        var viewer = await host.NewKeyAsync(client.Workspace, "viewer");
        (await viewer.GetAsync("/files/mine")).Response.EnsureSuccessStatusCode();
        (await viewer.PutAsync("/files/mine", "y")).ExpectProblem(403, "role_too_low");
        (await viewer.DeleteAsync("/files/mine")).ExpectProblem(403, "role_too_low");
    }

    [Fact]
    public async Task A_workflow_reads_what_was_uploaded_and_leaves_what_is_downloaded()
    {
        (await client.PutAsync("/files/in/orders.csv", "name,total\nAda,3\nBob,4\n")).Expect(HttpStatusCode.OK);
        var workflow = await client.SaveAsync("""
            { "name": "sum-up",
              "nodes": [
                { "id": "read", "type": "file", "config": { "action": "read", "path": "in/{{ input.name }}" } },
                { "id": "write", "type": "file", "config": { "action": "write", "path": "out/sum.json", "json": { "count": "{{ steps.read.content.size() }}", "names": "{{ steps.read.content.map(r, r.name) }}" } } } ],
              "edges": [ { "from": "read", "to": "write" } ], "output": "{{ steps.write.path }}" }
            """);
        var execution = await client.RunAsync(workflow, """{"name": "orders.csv"}""");
        Assert.Equal("completed", execution.GetProperty("status").GetString());
        Assert.Equal("""{"count":2,"names":["Ada","Bob"]}""", (await client.Http.GetStringAsync("/api/v1/files/out/sum.json")).Trim());
        Assert.Equal("file_read,file_written", await host.Database.QueryAsync<string>(
            $"select string_agg(event_type, ',' order by id) from event_logs where workspace_id = '{client.Workspace}' and execution_id is not null and event_type like 'file%' and trace_id is not null"));
    }

    [Fact]
    public async Task Without_a_place_for_files_the_settings_are_named()
    {
        var elsewhere = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var problem = (await elsewhere.GetAsync("/files")).ExpectProblem(503, "files_not_configured");
        Assert.Contains("Sos:Files:Folder", problem["detail"].GetString(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> UploadAsync(string path, string text, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/files/{path}") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };
        // Whoever asks first is refused before the body is on its way.
        request.Headers.ExpectContinue = true;
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.Http.SendAsync(request);
    }
}
