using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Sos.Api.Tests.Support;

/// <summary>A server-sent event.</summary>
public sealed record SseEvent(long? Id, string Type, JsonElement Data);

/// <summary>Reads server-sent events one by one.</summary>
public sealed class SseReader : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader reader;
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));

    private SseReader(HttpResponseMessage response, Stream stream) => (this.response, reader) = (response, new StreamReader(stream));

    public static async Task<SseReader> OpenAsync(ApiClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1" + path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new SseReader(response, await response.Content.ReadAsStreamAsync());
    }

    public async Task<SseEvent> NextAsync()
    {
        long? id = null;
        var type = "message";
        JsonElement? data = null;
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length == 0 && data is { } complete)
                return new SseEvent(id, type, complete);
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = long.Parse(line.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture);
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                type = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = JsonElement.Parse(line[6..]);
        }
        throw new InvalidOperationException("The stream ended.");
    }

    public async Task UntilAsync(string type)
    {
        while ((await NextAsync()).Type != type)
        {
        }
    }

    /// <summary>Whether nothing comes after what was read.</summary>
    public async Task<bool> EndedAsync() => await reader.ReadLineAsync(patience.Token) is null;

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        response.Dispose();
        patience.Dispose();
        return ValueTask.CompletedTask;
    }
}
