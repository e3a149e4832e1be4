using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Files;
using Sos.Executors.Outbound;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Http;

/// <summary>Sends an HTTP request.</summary>
/// <remarks>
/// The client's span and metrics are .NET's own, below the node's span; <c>traceparent</c> is sent whenever a span is
/// current, also one that is not sampled.
/// </remarks>
internal sealed class HttpExecutor(OutboundHttp http, FileStore store) : NodeExecutor<HttpConfig>(Describe, HttpJson.Default.HttpConfig), IDescribesNode
{
    private const int MaxBytes = 10 * 1024 * 1024;
    private const long MaxDownloadBytes = 5L * 1024 * 1024 * 1024;
    private const int MaxParts = 100;
    private const int MaxPages = 1_000;
    private const int MaxItems = 100_000;
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromHours(1);

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
        output.EnumerateObject()
            .Where(p => p.Name is "status" or "items" or "truncated" or "file" || (p.Name == "body" && !output.TryGetProperty("items", out _) && !output.TryGetProperty("file", out _)))
            .ToDictionary(p => p.Name, p => p.Value),
        HttpJson.Default.DictionaryStringJsonElement);

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(HttpConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var expected = StatusSet.Parse(config.ExpectedStatus, out var problem);
        using var deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        OutboundRequest request;
        HttpCall? call = null;
        try
        {
            if ((problem ?? Problem(config)) is { } wrong)
                throw new HttpConfigException("invalid_config", wrong);
            var credential = config.Credential is { } name
                ? await context.UseCredentialAsync(name, HttpRequestFactory.Url(config), cancellationToken)
                : null;
            deadline.CancelAfter(config.Timeout);
            var files = new HttpFiles(store, context);
            var body = await HttpRequestBody.OfAsync(config, files, context.Secrets, either.Token);
            request = HttpRequestFactory.Create(config, credential is null ? null : HttpCredential.Of(credential), body, context.IdempotencyKey, context.Secrets);
            call = new HttpCall(config, request, credential, expected, files, context);
            return await call.RunAsync(http, either.Token);
        }
        catch (HttpConfigException e)
        {
            return NodeOutcome.Fail(e.Code, $"Node '{context.NodeId}': {e.Message}");
        }
        catch (PagingException e)
        {
            return NodeOutcome.Fail("pagination_failed", e.Message);
        }
        catch (Exception e) when (e is not CredentialException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (deadline.IsCancellationRequested)
                return NodeOutcome.Fail("http_timeout", $"{config.Method.ToString().ToUpperInvariant()} {Target(call)} did not finish within {config.Timeout.TotalSeconds:0.###} s.", retryable: true);
            if (FileFailure(e) is { } file)
                return new NodeOutcome.Failed(file);
            if (call is null || OutboundFailure.From(e is HttpDownloadException ? e.InnerException! : e, call.Url) is not { } failure)
                throw;
            return NodeOutcome.Fail(failure.Code, failure.Message, failure.Retryable);
        }
    }

    private static string Target(HttpCall? call) => call is null ? "of a file" : OutboundUrl.Short(call.Url);

    // A file that is read while a request is sent fails within the client.
    private static NodeError? FileFailure(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is FileStoreException file)
                return new NodeError(file.Code, file.Message) { Retryable = file.Retryable };
        }
        return null;
    }

    private static string? Problem(HttpConfig config)
    {
        if (config is { Auth: not null, Credential: not null })
            return "Authentication comes from auth or from credential; remove one of them.";
        if (config.Timeout <= TimeSpan.Zero || config.Timeout > MaxTimeout)
            return "timeout must be more than 0 and at most 1h.";
        if (config.MaxResponseBytes is < 1 or > MaxBytes)
            return $"maxResponseBytes must be from 1 to {MaxBytes}.";
        if (config.Multipart is { Count: 0 or > MaxParts })
            return $"multipart must have from 1 to {MaxParts} parts.";
        if (config.Download is { MaxBytes: < 1 or > MaxDownloadBytes })
            return $"download.maxBytes must be from 1 to {MaxDownloadBytes}.";
        if (config is { Download: not null, Pagination: not null })
            return "download saves one answer, and pagination asks for several; remove one of them.";
        if (config.Download is not null && (config.ResponseType != HttpResponseType.Auto || config.Method == HttpVerb.Head))
            return "download saves the body as it is: remove responseType, and use another method than HEAD.";
        if (config.Pagination is not { } rules)
            return null;
        if (rules.MaxPages is < 1 or > MaxPages || rules.MaxItems is < 1 or > MaxItems || rules.Size < 1)
            return $"In pagination, maxPages must be from 1 to {MaxPages}, maxItems from 1 to {MaxItems}, and size at least 1.";
        if (config.ResponseType is not (HttpResponseType.Auto or HttpResponseType.Json) || config.Method == HttpVerb.Head)
            return "pagination reads JSON: remove responseType, and use another method than HEAD.";
        return HttpConfigCheck.PagingProblem(
            rules.Type.ToString(), rules.Next is not null, rules.Query is not null, rules.Body is not null, config.Json.ValueKind == JsonValueKind.Object);
    }
}
