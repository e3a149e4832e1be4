using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sos.Api.Hosting;
using Sos.Api.Samples;
using Sos.Api.Tests.Support;
using Sos.Migrations.Embedded;
using Sos.ServiceDefaults.Settings;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Api.Tests;

public sealed class SingleProcessTests
{
    [Fact]
    public async Task Every_sample_runs_to_its_end()
    {
        using var folder = new DataFolder();
        await using var process = await StartAsync(folder);
        using var http = Client(process);
        var workflows = (await GetAsync(http, "/api/v1/workflows?limit=200")).GetProperty("items").EnumerateArray()
            .ToDictionary(w => w.GetProperty("name").GetString()!, w => w.GetProperty("id").GetString()!);
        Assert.Equal(SampleFiles.Names.Order(), workflows.Keys.Order());
        Assert.True(workflows.Count >= 7);

        var runs = new Dictionary<string, (string Input, string Output)>
        {
            ["hello"] = ("""{"name": "Ada"}""", "\"Hello, Ada!\""),
            ["fetch-and-route"] = ("""{"kind": "refund"}""", """{"action": "pay back", "subject": "My parcel"}"""),
            ["order-approval"] = ("""{"amount": 20, "item": "pen"}""", """{"item": "pen", "shipped": true}"""),
            ["fan-out"] = ("""{"items": ["a", "b", "c", "d", "e", "f", "g"]}""", """{"count": 7, "results": ["a", "b", "c", "d", "e", "f", "g"]}"""),
            ["parent-child"] = ("{}", """{"child": "Hello, child!"}"""),
            ["error-handling"] = ("{}", """{"flakyAttempts": 3, "hopeless": {"handled": true}}"""),
            ["order-report"] = ("""{"orders": [{"id": "A-1", "total": 250}, {"id": "A-2", "total": 19.9}]}""", """{"rows": 2, "large": ["A-1"]}"""),
            ["github-push"] = ("""{"headers": {"x-github-event": "push"}, "body": {"ref": "refs/heads/main", "repository": {"full_name": "acme/site"}, "commits": [{"message": "Fix"}]}}""",
                """{"webhookResponse": {"status": 200, "body": {"repository": "acme/site", "branch": "main", "commits": ["Fix"], "via": "api"}}}"""),
            ["long-run"] = ("{}", """{"done": true, "waited": 3000}"""),
        };
        // What a model says is not held to the word.
        var asked = new Dictionary<string, string>
        {
            ["support-triage"] = """{"subject": "Broken", "text": "My lamp arrived broken, I want my money back."}""",
            ["research-agent"] = """{"question": "How far is the moon?"}""",
            ["ask-docs"] = """{"question": "How many days of annual leave do I have?"}""",
        };
        Assert.Equal(workflows.Keys.Order(), runs.Keys.Concat(asked.Keys).Order());
        var ended = Task.WhenAll(runs.Select(async run =>
        {
            var done = await RunAsync(http, workflows[run.Key], run.Value.Input);
            Assert.True(
                done.GetProperty("status").GetString() == "completed" && JsonElement.DeepEquals(JsonElement.Parse(run.Value.Output), done.GetProperty("output")),
                $"{run.Key} gave {done}");
        }));

        foreach (var (name, input) in asked)
        {
            // The triage may ask a person.
            var done = await RunAsync(http, workflows[name], input, wait: "0s");
            var execution = $"/api/v1/executions/{done.GetProperty("id").GetString()}";
            await Eventually.TrueAsync(async () => (done = await GetAsync(http, execution)).GetProperty("status").GetString() is not ("pending" or "running"), $"{name} to end or to ask");
            Assert.True(done.GetProperty("status").GetString() is "completed" or "waiting", $"{name} gave {done}");
            if (name == "ask-docs")
            {
                Assert.Equal(1, done.GetProperty("output").GetProperty("citations")[0].GetProperty("number").GetInt32());
                Assert.Equal("leave.md", done.GetProperty("output").GetProperty("sources")[0].GetProperty("source").GetString());
            }
        }

        // The way of the approval that a person has to take.
        var started = await http.PostAsJsonAsync($"/api/v1/workflows/{workflows["order-approval"]}/executions", JsonElement.Parse("""{"input": {"amount": 500, "item": "desk"}}"""));
        var id = JsonElement.Parse(await started.Content.ReadAsStringAsync()).GetProperty("id").GetString();
        await Eventually.TrueAsync(async () => (await GetAsync(http, $"/api/v1/executions/{id}")).GetProperty("status").GetString() == "waiting", "the order to wait");
        await http.PostAsJsonAsync($"/api/v1/executions/{id}/approvals/approve", JsonElement.Parse("""{"decision": "reject", "comment": "too dear"}"""));
        var rejected = await GetAsync(http, $"/api/v1/executions/{id}?wait=60s");
        Assert.Equal("too dear", rejected.GetProperty("output").GetProperty("reason").GetString());
        await ended;
    }

    [Fact]
    public async Task A_second_start_has_the_same_key_data_and_samples_at_the_new_address()
    {
        using var folder = new DataFolder();
        string key, edited, secretKey;
        await using (var first = await StartAsync(folder, ephemeral: false))
        {
            key = first.Key;
            using var http = Client(first);
            edited = (await GetAsync(http, "/api/v1/workflows?name=error-handling")).GetProperty("items")[0].GetProperty("id").GetString()!;
            Assert.Equal(HttpStatusCode.OK, (await http.PutAsJsonAsync($"/api/v1/workflows/{edited}", JsonElement.Parse(Definitions.Transform("error-handling")))).StatusCode);
            var file = Path.Combine(first.DataFolder, "api-key");
            Assert.Equal(key, (await File.ReadAllTextAsync(file)).Trim());
            var secretFile = Path.Combine(first.DataFolder, "secret-key");
            secretKey = await File.ReadAllTextAsync(secretFile);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secretFile));
            }
            using var provider = JsonContent.Create(JsonElement.Parse("""{"name": "openai", "kind": "openai", "apiKey": "sk-kept"}"""));
            Assert.Equal(HttpStatusCode.Created, (await http.PostAsync("/api/v1/model-providers", provider)).StatusCode);
            var table = StartTable.Of(first, Guid.Empty);
            Assert.Contains(first.Address.Base.ToString().TrimEnd('/'), table, StringComparison.Ordinal);
            Assert.Contains(first.DataFolder, table, StringComparison.Ordinal);
            Assert.Contains(key, table, StringComparison.Ordinal);
            Assert.DoesNotContain(secretKey.Trim().Split(':')[1], table, StringComparison.Ordinal);
        }
        await using (var second = await StartAsync(folder, ephemeral: false))
        {
            Assert.Equal(key, second.Key);
            Assert.Equal(secretKey, await File.ReadAllTextAsync(Path.Combine(second.DataFolder, "secret-key")));
            var workspace = (await second.App.Services.GetRequiredService<ApiKeyStore>().FindAsync(ApiKeyStore.Hash(key), CancellationToken.None))!.WorkspaceId;
            Assert.Equal("sk-kept", (await second.App.Services.GetRequiredService<ProviderConnections>().FindAsync(workspace, "openai", CancellationToken.None))?.ApiKey);
            using var http = Client(second);
            var fanOut = (await GetAsync(http, "/api/v1/workflows?name=fan-out")).GetProperty("items")[0].GetProperty("id").GetString();
            Assert.Contains(second.Address.Base.Authority, (await GetAsync(http, $"/api/v1/workflows/{fanOut}")).GetRawText(), StringComparison.Ordinal);
            Assert.Equal(2, (await GetAsync(http, $"/api/v1/workflows/{edited}")).GetProperty("version").GetInt32()); // changed by somebody, so left alone
        }
    }

    [Fact]
    public void A_damaged_key_file_stops_the_start_instead_of_being_replaced()
    {
        var file = Path.Combine(Path.GetTempPath(), $"sos-key-{Guid.NewGuid():N}");
        File.WriteAllText(file, "local:c2VjcmV0");
        try
        {
            var refusal = Assert.Throws<StartException>(() => SecretKeyFile.AddTo(new ConfigurationManager(), file));
            Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("c2VjcmV0", refusal.ToString(), StringComparison.Ordinal);
            Assert.Equal("local:c2VjcmV0", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Configured_keys_go_before_the_kept_one_and_make_a_new_one_needless()
    {
        var file = Path.Combine(Path.GetTempPath(), $"sos-key-{Guid.NewGuid():N}");
        try
        {
            using var configured = new ConfigurationManager();
            configured["Sos:Secrets:Keys"] = KeyRing.Generate("mine");
            SecretKeyFile.AddTo(configured, file);
            Assert.False(File.Exists(file));

            SecretKeyFile.AddTo(new ConfigurationManager(), file);
            SecretKeyFile.AddTo(configured, file);
            var ring = KeyRing.Parse(configured.GetList(KeyRing.Setting));
            Assert.Equal("mine", ring.SealingKeyId);
            var place = SecretPlace.ModelProvider(Guid.NewGuid(), Guid.NewGuid());
            Assert.Equal("s", ring.Open(KeyRing.Parse([File.ReadAllText(file)]).Seal("s", place), place));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_taken_port_is_said_in_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var refusal = Assert.Throws<StartException>(() => ListenAddress.Find($"http://localhost:{port}"));
        Assert.StartsWith($"Port {port} is in use", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--urls", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("https://localhost:1")]
    [InlineData("http://unix:/tmp/x")]
    public void An_address_that_can_t_be_used_is_refused(string urls) => Assert.Throws<StartException>(() => ListenAddress.Find(urls));

    [Fact]
    public void Any_address_is_reached_by_this_machine_as_localhost()
    {
        Assert.Equal("localhost", ListenAddress.Find("http://0.0.0.0:0").Base.Host);
        Assert.Equal("localhost", ListenAddress.Find("http://*:0").Base.Host);
        Assert.Equal("127.0.0.1", ListenAddress.Find("http://127.0.0.1:0").Base.Host);
    }

    private static Task<SingleProcess> StartAsync(DataFolder folder, bool ephemeral = true)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Configuration["OTEL_ENABLED"] = "false";
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        return SingleProcess.StartAsync(builder, new EmbeddedPostgresOptions { DataRoot = folder.Path, Ephemeral = ephemeral, Durable = false }, CancellationToken.None);
    }

    private static HttpClient Client(SingleProcess process) => new()
    {
        BaseAddress = process.Address.Base,
        DefaultRequestHeaders = { { "X-API-Key", process.Key } },
    };

    private static async Task<JsonElement> GetAsync(HttpClient http, string path) => JsonElement.Parse(await http.GetStringAsync(path));

    private static async Task<JsonElement> RunAsync(HttpClient http, string workflow, string input, string wait = "60s")
    {
        var answer = await http.PostAsync($"/api/v1/workflows/{workflow}/executions?wait={wait}", JsonContent.Create(JsonElement.Parse($$"""{"input": {{input}}}""")));
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    private sealed class DataFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"sos-single-{Guid.NewGuid():N}")).FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
