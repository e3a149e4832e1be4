using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.AppHost.Commands;

/// <summary>What the dashboard's commands ask of the API.</summary>
internal sealed class SosApi(HttpClient http) : IDisposable
{
    /// <summary>A client of a running API.</summary>
    public static async Task<SosApi> ConnectAsync(EndpointReference endpoint, ParameterResource key, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = new Uri(endpoint.Url), Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Add("X-API-Key", await key.GetValueAsync(cancellationToken));
        return new SosApi(http);
    }

    /// <summary>The workflow of a definition's name, made where there is none.</summary>
    public async Task<string> FindOrCreateAsync(JsonObject definition, CancellationToken cancellationToken)
    {
        var name = (string)definition["name"]!;
        var list = await SendAsync(HttpMethod.Get, $"api/v1/workflows?name={Uri.EscapeDataString(name)}", null, cancellationToken);
        var known = list["items"]!.AsArray().FirstOrDefault(workflow => (string)workflow!["name"]! == name);
        return (string)(known ?? await SendAsync(HttpMethod.Post, "api/v1/workflows", definition, cancellationToken))!["id"]!;
    }

    /// <summary>Runs a workflow; the answer is the execution, finished or still running after half a minute.</summary>
    public Task<JsonNode> RunAsync(string workflowId, JsonNode? input, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"api/v1/workflows/{workflowId}/executions?wait=30s", new JsonObject { ["input"] = input }, cancellationToken);

    /// <summary>The execution that was started last, or null where there is none.</summary>
    public async Task<JsonNode?> LatestAsync(CancellationToken cancellationToken)
    {
        var list = await SendAsync(HttpMethod.Get, "api/v1/executions?limit=1", null, cancellationToken);
        return list["items"]!.AsArray().FirstOrDefault() is { } latest
            ? await SendAsync(HttpMethod.Get, $"api/v1/executions/{latest["id"]}", null, cancellationToken)
            : null;
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{method} /{path} was answered {(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text) ?? throw new JsonException($"{method} /{path} was answered with no JSON.");
    }
}
