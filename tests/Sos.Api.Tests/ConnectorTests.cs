using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sos.Api.Tests.Support;
using Sos.Testing.OpenApi;

namespace Sos.Api.Tests;

/// <summary><c>/connectors</c>, from a document to a call.</summary>
public sealed class ConnectorTests
{
    private const string Manifest = """
        {"id": "tickets", "title": "Tickets", "description": "Our help desk.", "category": "support", "baseUrl": "https://tickets.example.com", "auth": [{"type": "bearer"}],
         "actions": {"getTicket": {"title": "Get a ticket", "path": "/tickets/{id}", "parameters": {"id": {"type": "string", "required": true}}},
                     "closeTicket": {"title": "Close a ticket", "method": "POST", "path": "/tickets/{id}/close", "parameters": {"id": {"type": "string", "required": true}, "why": {"type": "string"}}}}}
        """;

    private static readonly Lazy<Task<ApiHost>> Host = new(() => SignInSetup.StartHostAsync());

    [Fact]
    public async Task A_connector_is_added_found_replaced_and_deleted()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var made = (await client.PostAsync("/connectors", Manifest)).Expect(HttpStatusCode.Created);
        Assert.Equal("/api/v1/connectors/tickets", made.Response.Headers.Location?.ToString());
        Assert.Equal(("manifest", 2, 1), (made["connector"].GetProperty("source").GetString(), made["connector"].GetProperty("actionCount").GetInt32(), made["connector"].GetProperty("revision").GetInt32()));

        var list = (await client.GetAsync("/connectors")).Expect(HttpStatusCode.OK)["items"].EnumerateArray().ToList();
        var own = Assert.Single(list, c => c.GetProperty("source").GetString() == "manifest");
        Assert.Equal(("tickets", "support", "bearer"), (own.GetProperty("id").GetString(), own.GetProperty("category").GetString(), own.GetProperty("auth")[0].GetString()));
        var shipped = Assert.Single(list, c => c.GetProperty("id").GetString() == "github");
        Assert.Equal("shipped", shipped.GetProperty("source").GetString());
        Assert.True(shipped.GetProperty("actionCount").GetInt32() > 3);

        var action = (await client.GetAsync("/connectors/tickets/actions/closeTicket")).Expect(HttpStatusCode.OK);
        Assert.Equal(("POST", "/tickets/{id}/close", false, """["id"]"""), (action["method"].GetString(), action["path"].GetString(), action["readOnly"].GetBoolean(), action["parameters"].GetProperty("required").GetRawText()));
        (await client.GetAsync("/connectors/tickets/actions/nothing")).ExpectProblem(404, "not_found");

        var replaced = (await client.PutAsync("/connectors/tickets", Manifest.Replace("closeTicket", "shutTicket", StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        Assert.Equal(2, replaced["connector"].GetProperty("revision").GetInt32());
        Assert.Equal(["getTicket", "shutTicket"], (await client.GetAsync("/connectors/tickets/actions")).Body.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("name").GetString()));
        (await client.PutAsync("/connectors/tickets", Manifest.Replace("\"tickets\"", "\"others\"", StringComparison.Ordinal))).ExpectProblem(400, "invalid_connector");

        (await client.DeleteAsync("/connectors/tickets")).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync("/connectors/tickets")).ExpectProblem(404, "not_found");
        (await client.DeleteAsync("/connectors/tickets")).ExpectProblem(404, "not_found");
        Assert.Equal("connector_created connector_updated connector_deleted", await client.Host.Database.QueryAsync<string>(
            $"select string_agg(event_type, ' ' order by id) from event_logs where workspace_id = '{client.Workspace}' and user_id = '{client.User}' and context ->> 'connector' = 'tickets'"));
        Assert.Equal(0, await client.Host.Database.QueryAsync<long>($"select count(*) from connector_actions where workspace_id = '{client.Workspace}'"));
    }

    [Fact]
    public async Task The_id_of_a_shipped_connector_is_taken()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.DeleteAsync("/connectors/github")).ExpectProblem(409, "connector_is_shipped");
        (await client.PutAsync("/connectors/github", Manifest)).ExpectProblem(409, "connector_is_shipped");
        (await client.PostAsync("/connectors", Manifest.Replace("\"tickets\"", "\"github\"", StringComparison.Ordinal))).ExpectProblem(409, "name_taken");
        Assert.Equal("shipped", (await client.GetAsync("/connectors/github")).Expect(HttpStatusCode.OK)["source"].GetString());
    }

    [Fact]
    public async Task What_is_wrong_is_listed_with_pointers_and_nothing_is_saved()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var broken = Manifest.Replace("/tickets/{id}/close", "tickets/{nr}", StringComparison.Ordinal).Replace("\"bearer\"", "\"magic\"", StringComparison.Ordinal);
        var checkedOne = (await client.PostAsync("/connectors/validate", broken)).Expect(HttpStatusCode.OK);
        Assert.False(checkedOne["valid"].GetBoolean());
        Assert.Equal("/auth/0/type", checkedOne["problems"][0].GetProperty("pointer").GetString());
        (await client.PostAsync("/connectors", broken)).ExpectProblem(400, "invalid_connector");
        var path = (await client.PostAsync("/connectors/validate", Manifest.Replace("/tickets/{id}/close", "tickets/{nr}", StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        Assert.Contains(path["problems"].EnumerateArray(), p => p.GetProperty("pointer").GetString() == "/actions/closeTicket/path" && p.GetProperty("message").GetString()!.Length > 10);

        var fine = (await client.PostAsync("/connectors/validate", Manifest)).Expect(HttpStatusCode.OK);
        Assert.True(fine["valid"].GetBoolean());
        Assert.Equal("""["getTicket","closeTicket"]""", fine["actions"].GetRawText());
        (await client.GetAsync("/connectors/tickets")).ExpectProblem(404, "not_found");

        (await UploadAsync(client, HttpMethod.Post, "/connectors", "<xml/>", "application/xml")).ExpectProblem(415, "unsupported_media_type");
        (await UploadAsync(client, HttpMethod.Post, "/connectors", "", "application/json")).ExpectProblem(400, "body_missing");
        (await UploadAsync(client, HttpMethod.Post, "/connectors", new string(' ', (20 * 1024 * 1024) + 1), "application/json")).ExpectProblem(413, "body_too_large");
        (await UploadAsync(client, HttpMethod.Post, "/connectors", """{"openapi": "3.0.0"}""", "application/json")).ExpectProblem(400, "invalid_connector");
        (await UploadAsync(client, HttpMethod.Post, "/connectors?id=No%20Id", """{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://a.test"}], "paths": {"/a": {"get": {"responses": {}}}}}""", "application/json")).ExpectProblem(400, "invalid_connector");
    }

    [Fact]
    public async Task Who_may_do_what_and_where()
    {
        var admin = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var viewer = await admin.Host.NewKeyAsync(admin.Workspace, "viewer");
        var developer = await admin.Host.NewKeyAsync(admin.Workspace, "developer");
        (await viewer.PostAsync("/connectors", Manifest)).ExpectProblem(403, "role_too_low");
        (await developer.PostAsync("/connectors", Manifest)).Expect(HttpStatusCode.Created);
        (await developer.PostAsync("/connectors", Manifest)).ExpectProblem(409, "name_taken");
        (await viewer.GetAsync("/connectors/tickets/actions?search=close")).Expect(HttpStatusCode.OK);
        (await viewer.DeleteAsync("/connectors/tickets")).ExpectProblem(403, "role_too_low");
        var stranger = await admin.Host.NewWorkspaceAsync();
        foreach (var path in (string[])["/connectors/tickets", "/connectors/tickets/actions", "/connectors/tickets/actions/getTicket"])
            (await stranger.GetAsync(path)).ExpectProblem(404, "not_found");
        (await stranger.PutAsync("/connectors/tickets", Manifest)).ExpectProblem(404, "not_found");
        (await stranger.DeleteAsync("/connectors/tickets")).ExpectProblem(404, "not_found");
        Assert.DoesNotContain("tickets", (await stranger.GetAsync("/connectors")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray().Select(c => c.GetProperty("id").GetString()));
        Assert.Equal(2, (await admin.GetAsync("/connectors/tickets")).Expect(HttpStatusCode.OK)["actionCount"].GetInt32());
    }

    [Fact]
    public async Task GitHubs_description_is_imported_searched_and_called()
    {
        await using var service = await Service.StartAsync();
        var client = await (await Host.Value).NewWorkspaceAsync();
        var made = (await UploadAsync(client, HttpMethod.Post, $"/connectors?id=github-rest&baseUrl={service.Url}/api", await File.ReadAllTextAsync(await NpmOpenApiDocuments.GitHubAsync()), "application/json")).Expect(HttpStatusCode.Created);
        Assert.True(made["connector"].GetProperty("actionCount").GetInt32() > 1_200);
        Assert.Equal("openapi", made["connector"].GetProperty("source").GetString());

        var found = (await client.GetAsync("/connectors/github-rest/actions?search=create%20issue%20comment&limit=5&schemas=true")).Expect(HttpStatusCode.OK);
        Assert.Contains(found["items"].EnumerateArray(), a => a.GetProperty("name").GetString() == "issues.create-comment" && a.GetProperty("parameters").GetProperty("required").GetArrayLength() >= 3);
        var names = new List<string?>();
        var cursor = "";
        do
        {
            var page = (await client.GetAsync($"/connectors/github-rest/actions?limit=200{cursor}")).Expect(HttpStatusCode.OK);
            names.AddRange(page["items"].EnumerateArray().Select(a => a.GetProperty("name").GetString()));
            cursor = page.Body.TryGetProperty("next", out var next) && next.GetString() is { } text ? "&cursor=" + text : null;
        }
        while (cursor is not null);
        Assert.Equal(made["connector"].GetProperty("actionCount").GetInt32(), names.Distinct().Count());

        (await client.PostAsync("/credentials", $$"""{"name": "gh", "type": "bearer", "secrets": {"token": "github-token"}, "allowedHosts": ["{{service.Url}}"]}""")).Expect(HttpStatusCode.Created);
        var run = await CallAsync(client, """{ "connector": "github-rest", "action": "issues.create", "credential": "gh", "with": { "owner": "octo", "repo": "hello world", "title": "It's broken", "body": "See.", "labels": ["bug"] } }""");
        Assert.True(run.GetProperty("status").GetString() == "completed", run.GetRawText());
        var request = Assert.Single(service.Requests);
        Assert.Equal(("POST /api/repos/octo/hello%20world/issues", "Bearer github-token"), (request.Line, request.Headers["Authorization"]));
        var sent = JsonElement.Parse(request.Body);
        Assert.Equal(("It's broken", "See.", "bug", 3), (sent.GetProperty("title").GetString(), sent.GetProperty("body").GetString(), sent.GetProperty("labels")[0].GetString(), sent.GetPropertyCount()));
        Assert.Equal("openapi", await client.Host.Database.QueryAsync<string>($"select context ->> 'provider' from event_logs where workspace_id = '{client.Workspace}' and event_type = 'connector_used'"));
    }

    [Fact]
    public async Task The_petstore_is_imported_from_yaml_and_called()
    {
        await using var service = await Service.StartAsync();
        var client = await (await Host.Value).NewWorkspaceAsync();
        var made = (await UploadAsync(client, HttpMethod.Post, $"/connectors?id=petstore&title=Pets&baseUrl={service.Url}/v2/", await File.ReadAllTextAsync(await NpmOpenApiDocuments.PetstoreAsync("2.0", "yaml")), "application/yaml")).Expect(HttpStatusCode.Created);
        Assert.Equal(("Pets", $"{service.Url}/v2"), (made["connector"].GetProperty("title").GetString(), made["connector"].GetProperty("baseUrl").GetString()));
        string[] calls =
        [
            """{ "connector": "petstore", "action": "findPetsByStatus", "with": { "status": ["sold", "pending"] } }""",
            """{ "connector": "petstore", "action": "addPet", "with": { "name": "Rex", "photoUrls": [], "category": { "id": 1, "name": "dogs" } } }""",
            """{ "connector": "petstore", "action": "updatePetWithForm", "with": { "petId": 7, "name": "Max & Co" } }""",
            """{ "connector": "petstore", "action": "deletePet", "with": { "petId": 7, "api_key": "special-key" } }""",
        ];
        foreach (var call in calls)
            Assert.Equal("completed", (await CallAsync(client, call)).GetProperty("status").GetString());
        var requests = service.Requests.ToList();
        Assert.Equal(["GET /v2/pet/findByStatus?status=sold&status=pending", "POST /v2/pet", "POST /v2/pet/7", "DELETE /v2/pet/7"], requests.Select(r => r.Line));
        Assert.Equal("dogs", JsonElement.Parse(requests[1].Body).GetProperty("category").GetProperty("name").GetString());
        Assert.Equal(("name=Max+%26+Co", "special-key"), (requests[2].Body, requests[3].Headers["api_key"]));
        var wrong = await CallAsync(client, """{ "connector": "petstore", "action": "addPet", "with": { "name": "Rex", "status": "asleep" } }""");
        Assert.Equal("invalid_arguments", wrong.GetProperty("error").GetProperty("code").GetString());
    }

    private static async Task<JsonElement> CallAsync(ApiClient client, string config) => await client.RunAsync(await client.SaveAsync(
        $$"""{ "name": "call-{{Guid.NewGuid()}}", "nodes": [ { "id": "n", "type": "connector", "config": {{config}} } ], "output": "{{"{{ steps.n.data }}"}}" }"""));

    private static async Task<Answer> UploadAsync(ApiClient client, HttpMethod method, string path, string document, string mediaType)
    {
        using var request = new HttpRequestMessage(method, "/api/v1" + path) { Content = new StringContent(document, Encoding.UTF8, mediaType) };
        request.Headers.ExpectContinue = document.Length > 1_000_000; // who is refused need not send it all
        return await Answer.OfAsync(client.Http, request);
    }

    /// <summary>A web server that answers <c>{}</c> and remembers what it was asked.</summary>
    private sealed class Service : IAsyncDisposable
    {
        private readonly WebApplication app;

        private Service(WebApplication app) => this.app = app;

        public ConcurrentQueue<(string Line, IReadOnlyDictionary<string, string> Headers, string Body)> Requests { get; } = [];

        public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public static async Task<Service> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            var service = new Service(app);
            app.Run(async context =>
            {
                using var body = new StreamReader(context.Request.Body);
                var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
                service.Requests.Enqueue(($"{context.Request.Method} {target}", context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString()), await body.ReadToEndAsync()));
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("{}");
            });
            await app.StartAsync();
            return service;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
