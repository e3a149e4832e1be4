using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>A real web server that answers as a test says and remembers what it was asked.</summary>
internal sealed class HttpTarget : IAsyncDisposable
{
    private readonly WebApplication app;

    private HttpTarget(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = [];

    /// <summary>The only request that came.</summary>
    public ReceivedRequest Request => Assert.Single(Requests);

    public static async Task<HttpTarget> StartAsync(RequestDelegate answer, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, l => listen?.Invoke(l)));
        var app = builder.Build();
        var target = new HttpTarget(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            target.Requests.Enqueue(new ReceivedRequest(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()),
                System.Text.Encoding.UTF8.GetString(body.ToArray())));
            body.Position = 0;
            context.Request.Body = body; // the answer may depend on it
            await answer(context);
        });
        await app.StartAsync();
        target.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return target;
    }

    /// <summary>A server that answers every request with these bytes.</summary>
    public static Task<HttpTarget> StartAsync(string? contentType, byte[] body, int status = 200, params (string Name, string Value)[] headers) =>
        StartAsync(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            foreach (var (name, value) in headers)
                context.Response.Headers.Append(name, value);
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });

    public static Task<HttpTarget> StartAsync(string? contentType, string body, int status = 200, params (string Name, string Value)[] headers) =>
        StartAsync(contentType, System.Text.Encoding.UTF8.GetBytes(body), status, headers);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}

internal sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);
