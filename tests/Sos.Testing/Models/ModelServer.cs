using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sos.Testing.Models;

/// <summary>
/// A web server on a free local port that speaks the wire protocols of OpenAI (<c>/v1/chat/completions</c>,
/// <c>/v1/embeddings</c>, also below Azure's paths) and Anthropic (<c>/v1/messages</c>), streamed or not, and answers as
/// a test says: first what was queued with <see cref="Enqueue"/>, then what <see cref="Answer"/> makes of the request.
/// It may be used by any number of threads and processes at once.
/// </summary>
public sealed class ModelServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Queue<ModelReply> queue = [];
    private readonly List<ModelRequest> requests = [];
    private readonly WebApplication app;
    private TaskCompletionSource change = NewSignal();
    private int paid;
    private int left;

    private ModelServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>Starts a server that answers everything with "ok" until it is told otherwise.</summary>
    public static async Task<ModelServer> StartAsync(CancellationToken cancellationToken = default)
    {
        var server = new ModelServer();
        await server.app.StartAsync(cancellationToken);
        server.Url = server.app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return server;
    }

    /// <summary>Where it listens: the base URL of an Anthropic client, or of an Azure resource.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The base URL of an OpenAI client.</summary>
    public string OpenAIUrl => Url + "/v1";

    /// <summary>What is answered when nothing is queued; may be called by several threads at once.</summary>
    public Func<ModelRequest, ModelReply> Answer { get; set; } = _ => ModelReply.Say("ok");

    /// <summary>How many answers were given to their end: how often a real provider would have sent a bill.</summary>
    public int Paid => Volatile.Read(ref paid);

    /// <summary>How many clients left before their answer was complete: calls whose cancellation arrived.</summary>
    public int Left => Volatile.Read(ref left);

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<ModelRequest> Requests
    {
        get
        {
            lock (gate)
                return [.. requests];
        }
    }

    /// <summary>The only request so far.</summary>
    public ModelRequest Request => Requests.Single();

    /// <summary>Queues answers, one for each of the next requests.</summary>
    public void Enqueue(params ModelReply[] replies)
    {
        lock (gate)
        {
            foreach (var reply in replies)
                queue.Enqueue(reply);
        }
    }

    /// <summary>Waits until a condition holds; it is looked at after every request, answer and departure.</summary>
    /// <exception cref="TimeoutException">It did not hold within 30 s.</exception>
    public async Task UntilAsync(Func<ModelServer, bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Task next;
            lock (gate)
                next = change.Task;
            if (condition(this))
                return;
            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"The condition did not hold in time. Requests: {Requests.Count}, paid: {Paid}, left: {Left}.");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = await ReceiveAsync(context);
        ModelReply? reply;
        lock (gate)
            queue.TryDequeue(out reply);
        reply ??= Answer(request);
        var gone = context.RequestAborted;
        try
        {
            if (reply.Until is { } until && !reply.UntilAfterFirstPiece)
                await until.WaitAsync(gone);
            var pieces = request.IsAnthropic ? AnthropicWire.Write(request, reply) : OpenAIWire.Write(request, reply);
            await SendAsync(context, reply, pieces, gone);
        }
        catch (Exception e) when (gone.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // Nobody is there any more to whom this could be said.
            Interlocked.Increment(ref left);
        }
        finally
        {
            Changed();
        }
    }

    private async Task SendAsync(HttpContext context, ModelReply reply, WireAnswer answer, CancellationToken gone)
    {
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = answer.ContentType;
        foreach (var (name, value) in reply.Headers)
            context.Response.Headers[name] = value;
        var (sent, isPaid) = (0, false);
        if (reply.CutAfter == 0)
            context.Abort();
        try
        {
            foreach (var piece in answer.Pieces)
            {
                if (sent == reply.CutAfter)
                    break;
                // Before the last piece goes out: who has read it has the whole answer, and may ask what was paid.
                isPaid = sent == answer.Pieces.Count - 1 && reply is { Status: 200, CutAfter: null, RawBody: null };
                if (isPaid)
                    Interlocked.Increment(ref paid);
                await context.Response.WriteAsync(piece, gone);
                await context.Response.Body.FlushAsync(gone);
                sent++;
                if (sent == 1 && reply is { Until: { } until, UntilAfterFirstPiece: true })
                    await until.WaitAsync(gone);
            }
            // An exception after the start makes the server close the connection behind what it has sent.
            if (reply.CutAfter is not null)
                throw new ConnectionCutException();
            await context.Response.CompleteAsync();
            gone.ThrowIfCancellationRequested();
        }
        catch when (isPaid)
        {
            Interlocked.Decrement(ref paid);
            throw;
        }
    }

    private async Task<ModelRequest> ReceiveAsync(HttpContext context)
    {
        var body = (await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted)).RootElement;
        ModelRequest request;
        lock (gate)
        {
            request = new ModelRequest
            {
                Number = requests.Count + 1,
                Path = context.Request.Path + context.Request.QueryString,
                Headers = context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()),
                Body = body,
            };
            requests.Add(request);
        }
        Changed();
        return request;
    }

    private void Changed()
    {
        TaskCompletionSource signal;
        lock (gate)
            (signal, change) = (change, NewSignal());
        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class ConnectionCutException : Exception;
}
