using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>Requests to SigNoz: bounded in time and size, never redirected, and with errors that say what to do and hold no secret.</summary>
internal sealed class SigNozHttp : IDisposable
{
    /// <summary>The largest answer, in bytes.</summary>
    public const int MaxAnswerBytes = 16 << 20;

    private const int MaxProblem = 500;

    private readonly HttpClient client;
    private readonly SigNozOptions options;
    private readonly TimeProvider time;
    private readonly List<string> secrets;

    public SigNozHttp(SigNozOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        secrets = [.. options.Secrets()];
        // A redirect would take the key to another host, so none is followed.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
        client = new HttpClient(handler)
        {
            BaseAddress = new Uri(options.Url.AbsoluteUri.TrimEnd('/') + "/"),
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        if (options.ApiKey is not null)
            client.DefaultRequestHeaders.Add("SIGNOZ-API-KEY", options.ApiKey);
    }

    /// <summary>Signs all further requests.</summary>
    public void Authorize(string token)
    {
        secrets.Add(token);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Sends a request and returns what its answer's <c>data</c> holds.</summary>
    /// <exception cref="SigNozException">There is no good answer.</exception>
    public async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        var (status, answer, retryAfter) = await ExchangeAsync(method, path, body, cancellationToken);
        if (status is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices)
        {
            if (string.IsNullOrWhiteSpace(answer))
                return null;
            return Json(answer) is JsonObject envelope
                ? envelope["data"]
                : throw new SigNozException($"{Where(method, path)} did not answer with JSON, so this is not SigNoz's API. Is SigNoz:Url the address of SigNoz's pages, and SigNoz v0.135 or newer?");
        }
        throw Problem(method, path, status, answer, retryAfter);
    }

    /// <summary>Asks for something that may not be there.</summary>
    /// <returns>Null where it is not, or where a page is given instead, as SigNoz does for addresses that it does not know.</returns>
    public async Task<JsonObject?> TryGetAsync(string path, CancellationToken cancellationToken)
    {
        var (status, answer, retryAfter) = await ExchangeAsync(HttpMethod.Get, path, null, cancellationToken);
        if (status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Gone or HttpStatusCode.NotImplemented)
            return null;
        return status == HttpStatusCode.OK ? Json(answer) as JsonObject : throw Problem(HttpMethod.Get, path, status, answer, retryAfter);
    }

    /// <summary>Asks whether SigNoz is ready.</summary>
    /// <returns>The status alone.</returns>
    public async Task<HttpStatusCode> ProbeAsync(string path, CancellationToken cancellationToken) => (await ExchangeAsync(HttpMethod.Get, path, null, cancellationToken)).Status;

    public void Dispose() => client.Dispose();

    private async Task<(HttpStatusCode Status, string Answer, TimeSpan? RetryAfter)> ExchangeAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var response = await client.SendAsync(request, either.Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(either.Token), RetryAfter(response));
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SigNozException($"{Where(method, path)} did not answer within {options.RequestTimeout.TotalSeconds:0.#} s.", error) { IsTransient = true };
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new SigNozException($"{Where(method, path)} answered with more than {MaxAnswerBytes >> 20} MiB.", error);
        }
        catch (Exception error) when (error is HttpRequestException or SocketException)
        {
            var reason = error.InnerException?.Message ?? error.Message;
            throw new SigNozException($"{Where(method, path)} can't be reached: {Redact(reason)}", error) { IsTransient = error is not HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } };
        }
    }

    private SigNozException Problem(HttpMethod method, string path, HttpStatusCode status, string answer, TimeSpan? retryAfter)
    {
        var said = Said(answer);
        var code = (int)status;
        return status switch
        {
            HttpStatusCode.Unauthorized => new($"{Where(method, path)} asks who is there (401{said}). Set SigNoz__ApiKey to a service account's key, or SigNoz__Email and SigNoz__Password; neither is needed where SigNoz runs with impersonation."),
            HttpStatusCode.Forbidden => new($"{Where(method, path)} does not allow it (403{said}). The key or the user needs the role admin: editors may change dashboards and alerts, only admins channels."),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => new($"{Where(method, path)} redirects ({code}), which is not followed. Set SigNoz:Url to the address that browsers end up at."),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError and not HttpStatusCode.NotImplemented =>
                new($"{Where(method, path)} failed ({code}{said}).") { IsTransient = true, RetryAfter = retryAfter },
            _ => new($"{Where(method, path)} refused it ({code}{said}).") { IsRefusal = true },
        };
    }

    private string Said(string answer)
    {
        var message = Json(answer) is JsonObject { } envelope && envelope["error"] is JsonObject error ? (Text(error["message"]), error["errors"] as JsonArray) : default;
        if (message.Item1 is not { Length: > 0 } text)
            return "";
        foreach (var more in message.Item2 ?? [])
            text += more is JsonObject detail && Text(detail["message"]) is { Length: > 0 } sentence ? $"; {sentence}" : "";
        text = Redact(text);
        return ": " + (text.Length <= MaxProblem ? text : text[..MaxProblem] + "…");
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - time.GetUtcNow() : null;

    private string Redact(string text) => secrets.Aggregate(text, (clean, secret) => clean.Replace(secret, "***", StringComparison.Ordinal));

    // The query of a path may hold an e-mail address.
    private string Where(HttpMethod method, string path) => $"{method} {client.BaseAddress}{path.Split('?')[0]}";

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
