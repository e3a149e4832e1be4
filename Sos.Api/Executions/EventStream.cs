using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.Problems;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>
/// An execution's events as server-sent events. An event's id is its row's, so a client that lost the connection goes
/// on behind the last one it saw. The stream ends by itself when the execution has ended, and after a quarter of an
/// hour, so that no connection outlives the rights it was opened with for long.
/// </summary>
internal sealed class EventStream(ExecutionReader reader, ExecutionWatch watch, TimeProvider time, ApiLimits limits, IHostApplicationLifetime lifetime)
{
    /// <summary>After how much silence a comment says that the connection is alive.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(15);
    private const int BatchSize = 200;

    private int open;

    public static Task ServeAsync(HttpContext context, Guid id, EventStream stream, string? after = null) => stream.WriteAsync(context, id, after);

    private async Task WriteAsync(HttpContext context, Guid executionId, string? after)
    {
        var position = ReadPosition(context.Request, after);
        if (Interlocked.Increment(ref open) > limits.MaxEventStreams)
        {
            Interlocked.Decrement(ref open);
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "too_many_streams", "This server has as many event streams open as it allows. Try again later.") { RetryAfterSeconds = 5 };
        }
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await FollowAsync(context, executionId, position, ending.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && context.Response.HasStarted)
        {
            // The client connects again, to another server or to the next one here.
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    private async Task FollowAsync(HttpContext context, Guid executionId, long position, CancellationToken cancellationToken)
    {
        var workspace = context.Caller().WorkspaceId;
        using var subscription = watch.Watch(workspace, executionId, untilEnd: false);
        var page = await reader.ListEventsAsync(workspace, executionId, position, BatchSize, cancellationToken)
            ?? throw ProblemCatalog.NotFound("execution", executionId);

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // or proxies hold events back
        var body = context.Response.BodyWriter;
        Write(body, "retry: 1000\n\n");
        var started = time.GetTimestamp();
        while (true)
        {
            foreach (var entry in page.Items)
            {
                WriteEvent(body, entry.Type, entry.Id, entry, ApiJson.Default.ExecutionEvent);
                position = entry.Id;
            }
            if (!page.HasMore && page.Status.IsFinal())
            {
                WriteEvent(body, "end", null, new EndOfEvents(page.Status), ApiJson.Default.EndOfEvents);
                await body.FlushAsync(cancellationToken);
                return;
            }
            await body.FlushAsync(cancellationToken);
            if (!page.HasMore && !await subscription.ChangedAsync(Heartbeat, time, cancellationToken))
                Write(body, ": still here\n\n");
            if (time.GetElapsedTime(started) > MaxDuration)
                return;
            page = await reader.ListEventsAsync(workspace, executionId, position, BatchSize, cancellationToken) ?? page with { Items = [], HasMore = false };
        }
    }

    private static long ReadPosition(HttpRequest request, string? after)
    {
        var text = (string?)request.Headers["Last-Event-ID"] ?? after;
        if (text is null)
            return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw ProblemCatalog.InvalidParameter(request.Headers.ContainsKey("Last-Event-ID") ? "Last-Event-ID" : "after", "the id of an event of this stream");
    }

    private static void WriteEvent<T>(PipeWriter body, string type, long? id, T data, JsonTypeInfo<T> json)
    {
        if (id is { } number)
            Write(body, string.Create(CultureInfo.InvariantCulture, $"id: {number}\n"));
        Write(body, $"event: {type}\ndata: ");
        using (var writer = new Utf8JsonWriter(body)) // on one line, as events must be
            JsonSerializer.Serialize(writer, data, json);
        Write(body, "\n\n");
    }

    private static void Write(PipeWriter body, string text) => Encoding.UTF8.GetBytes(text, body);
}
