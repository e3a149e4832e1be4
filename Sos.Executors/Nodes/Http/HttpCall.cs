using System.Net.Http.Headers;
using System.Text.Json;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>One attempt: a request and what becomes of its answer.</summary>
internal sealed class HttpCall(HttpConfig config, OutboundRequest request, Credential? credential, StatusSet expected, HttpFiles files, NodeContext context)
{
    private const int ExcerptBytes = 4096;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    private readonly TimeProvider time = context.Time;
    private readonly long start = context.Time.GetTimestamp();

    /// <summary>Where the request goes that is being sent.</summary>
    public Uri Url { get; private set; } = request.Url;

    /// <summary>Sends the request, or one after the other where the answer has pages.</summary>
    public async Task<NodeOutcome> RunAsync(OutboundHttp http, CancellationToken cancellationToken)
    {
        if (config.Pagination is { } rules)
            return await new HttpPages(rules, config, request, credential, this, context.IdempotencyKey).RunAsync(http, cancellationToken);
        using var response = await http.SendAsync(request, cancellationToken);
        if (await FailureAsync(response, cancellationToken) is { } failure)
            return failure;
        if (config.Download is { } download)
        {
            var saved = await files.SaveAsync(download, response.Content, cancellationToken);
            return Completed(Output(response) with { File = new HttpSavedFile(saved.Path, saved.Size, saved.ContentType) { Etag = saved.ETag } });
        }
        var bodyless = request.Method == HttpMethod.Head || config.ResponseType == HttpResponseType.None;
        var bytes = bodyless ? default : await OutboundBody.ReadAsync(response.Content, config.MaxResponseBytes, cancellationToken);
        return HttpBody.Read(bytes, response.Content.Headers, config.ResponseType) is { } body
            ? Completed(Output(response) with { Body = body })
            : Unreadable(response, bytes, config.ResponseType);
    }

    /// <summary>Sends one of several requests.</summary>
    public Task<HttpResponseMessage> SendAsync(OutboundHttp http, OutboundRequest one, CancellationToken cancellationToken)
    {
        Url = one.Url;
        return http.SendAsync(one, cancellationToken);
    }

    /// <summary>The output but for what became of the body.</summary>
    public HttpOutput Output(HttpResponseMessage response) => new()
    {
        Status = (int)response.StatusCode,
        Headers = Headers(response),
        Body = HttpBody.Null,
        ContentType = response.Content.Headers.ContentType?.MediaType,
        LatencyMs = Math.Round(time.GetElapsedTime(start).TotalMilliseconds, 2),
        Url = Shown(response.RequestMessage!.RequestUri!),
    };

    /// <summary>The end of a node that succeeded.</summary>
    public static NodeOutcome Completed(HttpOutput output) => new NodeOutcome.Completed(JsonSerializer.SerializeToElement(output, HttpJson.Default.HttpOutput));

    /// <summary>Why an answer is a failure; null where its status is expected.</summary>
    public async Task<NodeOutcome?> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (expected.Contains(status))
            return null;
        var url = response.RequestMessage!.RequestUri!;
        var start = request.Method == HttpMethod.Head
            ? default
            : await OutboundBody.ReadStartAsync(response.Content, ExcerptBytes, cancellationToken);
        var retryable = status is 408 or 425 or 429 or 500 or 502 or 503 or 504
            || (status == 401 && credential is not null && await context.TokenRefusedAsync(credential, cancellationToken));
        var location = response.Headers.Location is { } target && Uri.TryCreate(url, target, out var absolute) ? Shown(absolute) : null;
        var hint = location is null ? "" : $" It redirects to {location}, which was not followed.";
        var message = $"{request.Method} {OutboundUrl.Short(url)} answered {status} {response.ReasonPhrase}".TrimEnd()
            + $"; expected {expected}.{hint}";
        return new NodeOutcome.Failed(new NodeError($"http_{status}", message)
        {
            Retryable = retryable,
            RetryAfter = retryable ? RetryAfter(response.Headers.RetryAfter) : null,
            Details = Details(response, start, location),
        });
    }

    /// <summary>An answer whose body is not what was asked for.</summary>
    public NodeOutcome Unreadable(HttpResponseMessage response, ReadOnlyMemory<byte> body, HttpResponseType type)
    {
        var what = type == HttpResponseType.Csv ? "CSV" : "JSON";
        var asked = config.Pagination is null ? $"responseType {type.ToString().ToLowerInvariant()}" : "pagination";
        var url = response.RequestMessage!.RequestUri!;
        return new NodeOutcome.Failed(new NodeError("invalid_response", $"{request.Method} {OutboundUrl.Short(url)} answered {(int)response.StatusCode} with a body that is not {what}, which {asked} asks for.")
        {
            Details = Details(response, body[..Math.Min(body.Length, ExcerptBytes)], location: null),
        });
    }

    private JsonElement Details(HttpResponseMessage response, ReadOnlyMemory<byte> start, string? location) =>
        JsonSerializer.SerializeToElement(
            new HttpErrorDetails(
                (int)response.StatusCode,
                Shown(response.RequestMessage!.RequestUri!),
                response.Content.Headers.ContentType?.MediaType,
                HttpBody.Excerpt(start, response.Content.Headers, context.Secrets)) { Location = location },
            HttpJson.Default.HttpErrorDetails);

    private static Dictionary<string, string> Headers(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            headers[name.ToLowerInvariant()] = StorableJson.Clean(values.ToString());
        return headers;
    }

    private string Shown(Uri url) => OutboundUrl.WithoutCredentials(url, request.SecretParameters);

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var delay = header?.Delta ?? header?.Date - time.GetUtcNow();
        return delay is null ? null : TimeSpan.FromTicks(Math.Clamp(delay.Value.Ticks, 0, MaxRetryAfter.Ticks));
    }
}
