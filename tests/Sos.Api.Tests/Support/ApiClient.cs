using System.Net;
using System.Text;
using System.Text.Json;

namespace Sos.Api.Tests.Support;

/// <summary>Somebody with a key, whose workspace and user a test knows.</summary>
public sealed class ApiClient(ApiHost host, Guid workspace, Guid user, string key) : ApiCaller(host.WithKey(key))
{
    public ApiHost Host { get; } = host;

    public Guid Workspace { get; } = workspace;

    public Guid User { get; } = user;

    public string Key { get; } = key;
}

/// <summary>Calls the API.</summary>
public class ApiCaller(HttpClient http)
{
    public HttpClient Http { get; } = http;

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public Task<Answer> PostAsync(string path, string? json = null, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, json, idempotencyKey is null ? [] : [("Idempotency-Key", idempotencyKey)]);

    public Task<Answer> PutAsync(string path, string json, string? ifMatch = null) =>
        SendAsync(HttpMethod.Put, path, json, ifMatch is null ? [] : [("If-Match", ifMatch)]);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/api/v1" + path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Answer.OfAsync(Http, request);
    }

    /// <summary>Saves a workflow and gives its id.</summary>
    public async Task<string> SaveAsync(string definition) => (await PostAsync("/workflows", definition)).Expect(HttpStatusCode.Created)["id"].GetString()!;

    /// <summary>Starts an execution and waits for its end.</summary>
    public async Task<JsonElement> RunAsync(string workflow, string input = "{}") =>
        (await PostAsync($"/workflows/{workflow}/executions?wait=60s", $$"""{"input": {{input}}}""")).Expect(HttpStatusCode.OK).Body;

    /// <summary>Starts an execution and gives its id.</summary>
    public async Task<string> StartAsync(string workflow, string body = "{}") =>
        (await PostAsync($"/workflows/{workflow}/executions", body)).Expect(HttpStatusCode.Accepted)["id"].GetString()!;

    /// <summary>Waits until an execution has a status.</summary>
    public async Task<JsonElement> UntilAsync(string execution, string status)
    {
        JsonElement found = default;
        await Eventually.TrueAsync(
            async () => (found = (await GetAsync($"/executions/{execution}")).Expect(HttpStatusCode.OK).Body).GetProperty("status").GetString() == status,
            $"execution {execution} to be {status}");
        return found;
    }
}

/// <summary>A response, read whole.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Body, string Text, HttpResponseMessage Response)
{
    public JsonElement this[string property] => Body.GetProperty(property);

    public string Code => Body.GetProperty("code").GetString()!;

    public static async Task<Answer> OfAsync(HttpClient http, HttpRequestMessage request)
    {
        var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new Answer(response.StatusCode, isJson && text.Length > 0 ? JsonElement.Parse(text) : default, text, response);
    }

    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Text}");
        return this;
    }

    /// <summary>The answer is a well-formed problem with this status and code.</summary>
    public Answer ExpectProblem(int status, string code)
    {
        Assert.True((int)Status == status, $"Expected {status} {code}, got {(int)Status}: {Text}");
        Assert.Equal("application/problem+json", Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, Code);
        Assert.Equal(status, Body.GetProperty("status").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", Body.GetProperty("traceId").GetString());
        Assert.NotEmpty(Body.GetProperty("detail").GetString()!);
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal); // no stack trace
        Assert.DoesNotContain("Npgsql", Text, StringComparison.Ordinal);
        return this;
    }
}
