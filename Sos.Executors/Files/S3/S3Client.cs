using System.Net;
using System.Net.Sockets;
using System.Xml;
using System.Xml.Linq;
using Sos.Executors.Outbound;

namespace Sos.Executors.Files.S3;

/// <summary>
/// Sends signed requests to one bucket. The endpoint is the operator's, so it may be private; redirects, cookies and
/// proxies are not followed. Nothing is repeated here: what may be tried again says so.
/// </summary>
internal sealed class S3Client : IDisposable
{
    private const int MaxAnswerChars = 8 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly S3Options options;
    private readonly TimeProvider time;
    private readonly SignatureV4 signature;
    private readonly HttpMessageInvoker invoker;
    private readonly Uri endpoint;
    private readonly bool pathStyle;

    public S3Client(S3Options options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        signature = new SignatureV4(options.AccessKey, options.SecretKey, options.Region, "s3");
        var given = options.Endpoint is { Length: > 0 } address ? new Uri(address) : null;
        pathStyle = options.PathStyle ?? given is not null;
        var service = given ?? new Uri($"https://s3.{options.Region}.amazonaws.com");
        endpoint = pathStyle ? service : new UriBuilder(service) { Host = $"{options.Bucket}.{service.Host}" }.Uri;
        invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectTimeout = OutboundGuard.ConnectTimeout,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxConnectionsPerServer = 256,
            MaxResponseHeadersLength = OutboundHttp.MaxHeadersKiB,
        });
    }

    /// <summary>The bucket's name.</summary>
    public string Bucket => options.Bucket;

    /// <summary>Sends a request; returns when the answer's headers are there.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>An answer with status 2xx or one of <see cref="S3Request.Expected"/>; for the caller to dispose.</returns>
    /// <exception cref="FileStoreException"><c>files_unavailable</c>.</exception>
    public async Task<HttpResponseMessage> SendAsync(S3Request request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        HttpResponseMessage response;
        try
        {
            using var message = Sign(request);
            response = await invoker.SendAsync(message, either.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new FileStoreException(FileErrorCodes.Unavailable, $"The file storage at {endpoint.Host}:{endpoint.Port} does not answer.", retryable: true, e);
        }
        if (response.IsSuccessStatusCode || request.Expected.Contains(response.StatusCode))
            return response;
        using (response)
            throw await RefusalAsync(response, cancellationToken);
    }

    /// <summary>Reads an answer's XML.</summary>
    public async Task<XElement> ReadXmlAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { Async = true, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxAnswerChars });
            return await XElement.LoadAsync(reader, LoadOptions.None, cancellationToken);
        }
        catch (Exception e) when (e is XmlException or HttpRequestException or IOException)
        {
            throw new FileStoreException(FileErrorCodes.Unavailable, $"The file storage at {endpoint.Host}:{endpoint.Port} gave an answer that is not S3's.", retryable: true, e);
        }
    }

    /// <summary>What an answer that is no success says, with S3's own code for it.</summary>
    public async Task<FileStoreException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string? code = null;
        try
        {
            if (response.Content.Headers.ContentLength != 0)
                code = (await ReadXmlAsync(response, cancellationToken)).Elements().FirstOrDefault(e => e.Name.LocalName == "Code")?.Value;
        }
        catch (FileStoreException)
        {
            // Not every proxy in between speaks XML; the status says enough.
            code = null;
        }
        var retryable = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict
            or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            || (response.IsSuccessStatusCode && code is "InternalError" or "SlowDown");
        var hint = response.StatusCode switch
        {
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => $" Check {FilesOptions.Section}:S3:AccessKey, SecretKey and the key's permissions.",
            HttpStatusCode.NotFound => $" Check {FilesOptions.Section}:S3:Bucket.",
            HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.BadRequest => $" Check {FilesOptions.Section}:S3:Endpoint and Region.",
            _ => "",
        };
        return new FileStoreException(FileErrorCodes.Unavailable, $"The file storage refused with {(int)response.StatusCode}{(code is null ? "" : $" ({Shown(code)})")}.{hint}", retryable);
    }

    /// <inheritdoc/>
    public void Dispose() => invoker.Dispose();

    private HttpRequestMessage Sign(S3Request request)
    {
        var now = time.GetUtcNow();
        var path = "/" + SignatureV4.EncodePath((pathStyle ? options.Bucket + (request.Key is null ? "" : "/") : "") + request.Key);
        var query = SignatureV4.Query(request.Query);
        var url = new Uri($"{endpoint.GetLeftPart(UriPartial.Authority)}{path}{(query.Length == 0 ? "" : "?" + query)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase)
        {
            ["x-amz-date"] = SignatureV4.Timestamp(now),
            ["x-amz-content-sha256"] = request.PayloadHash,
        };
        var message = new HttpRequestMessage(request.Method, url) { Content = request.Content };
        foreach (var (name, value) in headers)
            message.Headers.TryAddWithoutValidation(name, value);
        headers["host"] = url.IsDefaultPort ? url.Host : url.Authority;
        message.Headers.TryAddWithoutValidation("Authorization", signature.Authorization(new RequestToSign(request.Method.Method, path, query, headers, request.PayloadHash, now)));
        return message;
    }

    private static string Shown(string code) => string.Concat(code.Where(char.IsAsciiLetterOrDigit).Take(50));
}

/// <summary>A request to a bucket.</summary>
/// <param name="Method">The method.</param>
/// <param name="Key">The object's key; null for the bucket itself.</param>
internal sealed record S3Request(HttpMethod Method, string? Key)
{
    /// <summary>The query.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    /// <summary>Headers, all of them signed.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The body.</summary>
    public HttpContent? Content { get; init; }

    /// <summary>The body's SHA-256 in hexadecimal.</summary>
    public string PayloadHash { get; init; } = SignatureV4.EmptyHash;

    /// <summary>Statuses that the caller knows what to do with.</summary>
    public IReadOnlyList<HttpStatusCode> Expected { get; init; } = [];
}
