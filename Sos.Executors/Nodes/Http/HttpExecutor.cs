using System.Net.Http.Headers;
using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Http;

/// <summary>Sends an HTTP request.</summary>
/// <remarks>
/// The client's span and metrics are .NET's own, below the node's span; <c>traceparent</c> is sent whenever a span is
/// current, also one that is not sampled.
/// </remarks>
internal sealed class HttpExecutor(OutboundHttp http) : NodeExecutor<HttpConfig>(Describe, HttpJson.Default.HttpConfig), IDescribesNode
{
    private const int ExcerptBytes = 4096;
    private const int MaxBytes = 10 * 1024 * 1024;
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "http",
        CanBeTool = true,
        ToolResult = StatusAndBody,
        Title = "HTTP request",
        Description = "Sends an HTTP request and gives the status, headers and body of the answer.",
        Category = "tools",
        ConfigSchema = NodeSchema.Load("http"),
        CheckConfig = HttpConfigCheck.Check,
        HideSecrets = HttpConfigSecrets.Hide,
    };

    /// <summary>A model has no use for headers and pays for each word.</summary>
    private static JsonElement StatusAndBody(JsonElement output) => JsonSerializer.SerializeToElement(
        new Dictionary<string, JsonElement> { ["status"] = output.GetProperty("status"), ["body"] = output.GetProperty("body") }, HttpJson.Default.DictionaryStringJsonElement);

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(HttpConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        OutboundRequest request;
        Credential? credential;
        var expected = StatusSet.Parse(config.ExpectedStatus, out var problem);
        try
        {
            if (config is { Auth: not null, Credential: not null })
                problem ??= "Authentication comes from auth or from credential; remove one of them.";
            if (problem is null && (config.Timeout <= TimeSpan.Zero || config.Timeout > MaxTimeout))
                problem = "timeout must be more than 0 and at most 1h.";
            if (problem is null && config.MaxResponseBytes is < 1 or > MaxBytes)
                problem = $"maxResponseBytes must be from 1 to {MaxBytes}.";
            if (problem is not null)
                throw new HttpConfigException("invalid_config", problem);
            credential = config.Credential is { } name
                ? await context.UseCredentialAsync(name, HttpRequestFactory.Url(config), cancellationToken)
                : null;
            request = HttpRequestFactory.Create(config, credential is null ? null : HttpCredential.Of(credential), context.IdempotencyKey, context.Secrets);
        }
        catch (HttpConfigException e)
        {
            return NodeOutcome.Fail(e.Code, $"Node '{context.NodeId}': {e.Message}");
        }

        using var deadline = new CancellationTokenSource(config.Timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var call = new Call(config, request, credential, expected, context);
        try
        {
            return await call.RunAsync(http, either.Token);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (deadline.IsCancellationRequested)
            {
                return NodeOutcome.Fail("http_timeout",
                    $"{request.Method} {OutboundUrl.Short(request.Url)} did not finish within {config.Timeout.TotalSeconds:0.###} s.", retryable: true);
            }
            if (OutboundFailure.From(e, request.Url) is not { } failure)
                throw;
            return NodeOutcome.Fail(failure.Code, failure.Message, failure.Retryable);
        }
    }

    /// <summary>One request and what becomes of its answer.</summary>
    private sealed class Call(HttpConfig config, OutboundRequest request, Credential? credential, StatusSet expected, NodeContext context)
    {
        private readonly TimeProvider time = context.Time;
        private readonly long start = context.Time.GetTimestamp();

        public async Task<NodeOutcome> RunAsync(OutboundHttp http, CancellationToken cancellationToken)
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var status = (int)response.StatusCode;
            var url = response.RequestMessage!.RequestUri!;
            if (!expected.Contains(status))
                return await UnexpectedAsync(response, status, url, cancellationToken);

            var bodyless = request.Method == HttpMethod.Head || config.ResponseType == HttpResponseType.None;
            var bytes = bodyless ? default : await OutboundBody.ReadAsync(response.Content, config.MaxResponseBytes, cancellationToken);
            if (HttpBody.Read(bytes, response.Content.Headers, config.ResponseType) is not { } body)
                return NotJson(response, bytes, status, url);
            return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(
                new HttpOutput
                {
                    Status = status,
                    Headers = Headers(response),
                    Body = body,
                    ContentType = response.Content.Headers.ContentType?.MediaType,
                    LatencyMs = Math.Round(time.GetElapsedTime(start).TotalMilliseconds, 2),
                    Url = Shown(url),
                },
                HttpJson.Default.HttpOutput));
        }

        private async Task<NodeOutcome> UnexpectedAsync(HttpResponseMessage response, int status, Uri url, CancellationToken cancellationToken)
        {
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
                Details = Details(response, start, status, url, location),
            });
        }

        private NodeOutcome.Failed NotJson(HttpResponseMessage response, ReadOnlyMemory<byte> body, int status, Uri url) => new(
            new NodeError("invalid_response", $"{request.Method} {OutboundUrl.Short(url)} answered {status} with a body that is not JSON, which responseType json asks for.")
            {
                Details = Details(response, body[..Math.Min(body.Length, ExcerptBytes)], status, url, location: null),
            });

        private JsonElement Details(HttpResponseMessage response, ReadOnlyMemory<byte> start, int status, Uri url, string? location) =>
            JsonSerializer.SerializeToElement(
                new HttpErrorDetails(
                    status,
                    Shown(url),
                    response.Content.Headers.ContentType?.MediaType,
                    HttpBody.Excerpt(start, response.Content.Headers, context.Secrets)) { Location = location },
                HttpJson.Default.HttpErrorDetails);

        private Dictionary<string, string> Headers(HttpResponseMessage response)
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
}
