using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sos.Testing.S3;

/// <summary>
/// A web server on a free local port that speaks as much of S3's protocol as files need, with path-style addresses, and
/// checks every request's signature, its body's hash and its age with code of its own. It keeps objects in memory.
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "test-bucket";
    public const string Region = "eu-test-1";
    public const string AccessKey = "AKIDTEST";
    public const string SecretKey = "canary-secret/with+signs=0123456789";

    private readonly WebApplication app;

    private S3Server()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>Starts a server.</summary>
    public static async Task<S3Server> StartAsync()
    {
        var server = new S3Server();
        await server.app.StartAsync();
        server.Url = server.app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return server;
    }

    /// <summary>Where it listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The objects by key.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>The requests that came, as <c>METHOD /path?query</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What is answered to the next requests instead: a status and S3's code for it.</summary>
    public ConcurrentQueue<(int Status, string Code)> Refusals { get; } = [];

    /// <summary>Called before an object is stored.</summary>
    public Action<string> BeforePut { get; set; } = _ => { };

    /// <summary>The most keys in a page of a list.</summary>
    public int PageSize { get; set; } = 1000;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private static string ETag(byte[] content) => $"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"";

    private async Task HandleAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        Requests.Enqueue($"{context.Request.Method} {target}");
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (Refusals.TryDequeue(out var refusal))
            await RefuseAsync(context, refusal.Status, refusal.Code);
        else if (S3SignatureCheck.Problem(context.Request, target, body.ToArray(), Region, AccessKey, SecretKey) is { } problem)
            await RefuseAsync(context, 403, problem);
        else
            await AnswerAsync(context, Uri.UnescapeDataString(target.Split('?')[0]), body.ToArray());
    }

    private async Task AnswerAsync(HttpContext context, string path, byte[] body)
    {
        var parts = path.TrimStart('/').Split('/', 2);
        if (parts[0] != Bucket)
        {
            await RefuseAsync(context, 404, "NoSuchBucket");
            return;
        }
        var key = parts.Length == 2 ? parts[1] : "";
        switch (context.Request.Method)
        {
            case "GET" when key.Length == 0:
                await ListAsync(context);
                break;
            case "GET" or "HEAD":
                await GetAsync(context, key);
                break;
            case "PUT" when context.Request.Headers.TryGetValue("x-amz-copy-source", out var source):
                await CopyAsync(context, key, Uri.UnescapeDataString(source.ToString()));
                break;
            case "PUT":
                await PutAsync(context, key, body);
                break;
            case "DELETE":
                Objects.TryRemove(key, out _);
                context.Response.StatusCode = 204;
                break;
            default:
                await RefuseAsync(context, 405, "MethodNotAllowed");
                break;
        }
    }

    private async Task GetAsync(HttpContext context, string key)
    {
        if (!Objects.TryGetValue(key, out var content))
        {
            await RefuseAsync(context, 404, "NoSuchKey");
            return;
        }
        context.Response.Headers.ETag = ETag(content);
        context.Response.Headers.LastModified = "Mon, 02 Nov 2026 10:00:00 GMT";
        context.Response.ContentLength = content.Length;
        if (context.Request.Method == "GET")
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private async Task PutAsync(HttpContext context, string key, byte[] body)
    {
        BeforePut(key);
        if (await StoreAsync(context, key, body))
            context.Response.Headers.ETag = ETag(body);
    }

    private async Task CopyAsync(HttpContext context, string key, string source)
    {
        if (!Objects.TryGetValue(source[(Bucket.Length + 2)..], out var content))
            await RefuseAsync(context, 404, "NoSuchKey");
        else if (context.Request.Headers["x-amz-copy-source-if-match"] != ETag(content))
            await RefuseAsync(context, 412, "PreconditionFailed");
        else if (await StoreAsync(context, key, content))
            await context.Response.WriteAsync($"<?xml version=\"1.0\"?><CopyObjectResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>{ETag(content)}</ETag></CopyObjectResult>");
    }

    private async Task<bool> StoreAsync(HttpContext context, string key, byte[] content)
    {
        var (ifMatch, ifNoneMatch) = (context.Request.Headers.IfMatch.ToString(), context.Request.Headers.IfNoneMatch.ToString());
        var stored = true;
        lock (Objects)
        {
            if ((ifNoneMatch == "*" && Objects.ContainsKey(key)) || (ifMatch.Length > 0 && (!Objects.TryGetValue(key, out var old) || ETag(old) != ifMatch)))
                stored = false;
            else
                Objects[key] = content;
        }
        if (!stored)
            await RefuseAsync(context, 412, "PreconditionFailed");
        return stored;
    }

    private async Task ListAsync(HttpContext context)
    {
        var (prefix, after) = (context.Request.Query["prefix"].ToString(), context.Request.Query["start-after"].ToString());
        var keys = Objects.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(k => k, Comparer<string>.Create((a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b))))
            .Where(k => Encoding.UTF8.GetBytes(k).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(after)) > 0).ToList();
        XNamespace s3 = "http://s3.amazonaws.com/doc/2006-03-01/";
        var size = Math.Min(PageSize, int.Parse(context.Request.Query["max-keys"].ToString(), CultureInfo.InvariantCulture));
        var page = new XElement(
            s3 + "ListBucketResult",
            new XElement(s3 + "IsTruncated", keys.Count > size),
            keys.Take(size).Select(k => new XElement(
                s3 + "Contents", new XElement(s3 + "Key", k), new XElement(s3 + "LastModified", "2026-11-02T10:00:00.000Z"), new XElement(s3 + "Size", Objects[k].Length))));
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(page.ToString());
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        if (context.Request.Method != "HEAD")
            await context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
    }
}
