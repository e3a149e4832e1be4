using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Sos.AppHost.Tests;

/// <summary>The whole application, started on this machine without containers.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _limit = new(Patience);
    private readonly string _instance = $"test-{Guid.CreateVersion7():N}"[..30];
    private DistributedApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Sos_AppHost>([Model.NoContainers, $"--Sos:Instance={_instance}"], _limit.Token);
        _app = await builder.BuildAsync(_limit.Token);
        await _app.StartAsync(_limit.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("sos-api", _limit.Token);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _limit.Dispose();
        var root = Environment.GetEnvironmentVariable("SOS_DATA") is { Length: > 0 } folder ? folder
            : Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? "/var/lib/sos"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".sos");
        if (Directory.Exists(Path.Combine(root, _instance)))
            Directory.Delete(Path.Combine(root, _instance), recursive: true);
    }

    [Fact]
    public async Task A_workflow_runs_its_trace_is_found_and_the_database_can_be_made_anew()
    {
        using var http = await ConnectAsync();
        var workflow = await SendAsync(http, HttpMethod.Post, "api/v1/workflows", new
        {
            name = "greet",
            nodes = new[] { new { id = "greet", type = "transform", config = new { value = "Hello, {{ input.name }}!" } } },
            output = "{{ steps.greet }}",
        });

        var execution = await SendAsync(http, HttpMethod.Post, $"api/v1/workflows/{workflow.GetProperty("id")}/executions?wait=30s", new { input = new { name = "Ada" } });
        Assert.Equal("completed", execution.GetProperty("status").GetString());
        Assert.Equal("Hello, Ada!", execution.GetProperty("output").GetString());

        var traceId = execution.GetProperty("traceId").GetString();
        var trace = await SendAsync(http, HttpMethod.Get, $"api/v1/traces/{traceId}");
        Assert.Equal(execution.GetProperty("id").GetString(), trace.GetProperty("executions")[0].GetProperty("id").GetString());
        Assert.NotEmpty(trace.GetProperty("eventLogs").EnumerateArray());

        await Commands_do_what_they_say(http);
    }

    private async Task Commands_do_what_they_say(HttpClient http)
    {
        var commands = _app.Services.GetRequiredService<ResourceCommandService>();

        var sample = await commands.ExecuteCommandAsync("sos-api", "run-sample", _limit.Token);
        Assert.True(sample.Success, sample.Message);
        Assert.Contains("\"Hello, Ada!\"", sample.Data!.Value, StringComparison.Ordinal);

        var latest = await commands.ExecuteCommandAsync("sos-api", "open-trace", _limit.Token);
        Assert.True(latest.Success, latest.Message);

        var reset = await commands.ExecuteCommandAsync("sos", "reset-database", _limit.Token);
        Assert.True(reset.Success, reset.Message);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("sos-api", _limit.Token);
        var workflows = await SendAsync(http, HttpMethod.Get, "api/v1/workflows");
        Assert.Empty(workflows.GetProperty("items").EnumerateArray());
    }

    private async Task<HttpClient> ConnectAsync()
    {
        var http = _app.CreateHttpClient("sos-api", "http");
        var key = _app.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == "api-key");
        http.DefaultRequestHeaders.Add("X-API-Key", await key.GetValueAsync(_limit.Token));
        return http;
    }

    private async Task<JsonElement> SendAsync(HttpClient http, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await http.SendAsync(request, _limit.Token);
        var text = await response.Content.ReadAsStringAsync(_limit.Token);
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement.Clone();
    }
}
