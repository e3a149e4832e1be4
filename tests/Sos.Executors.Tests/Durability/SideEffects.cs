using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Durability;

/// <summary>
/// An HTTP service that counts what nodes do to it, by idempotency key, and looks each time whether the step that
/// calls is already finished in the database: then it should not have been run again.
/// </summary>
internal sealed class SideEffects : IAsyncDisposable
{
    private readonly WebApplication app;

    private SideEffects(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    public ConcurrentDictionary<string, int> CallsByKey { get; } = new();

    public ConcurrentBag<string> RunAgain { get; } = [];

    /// <summary>The trace ids under which each execution called.</summary>
    public ConcurrentDictionary<Guid, ConcurrentDictionary<string, bool>> TracesByExecution { get; } = new();

    public static async Task<SideEffects> StartAsync(NpgsqlDataSource database, TimeSpan delay)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var effects = new SideEffects(app);
        app.MapPost("/", async (HttpContext context) =>
        {
            var key = context.Request.Headers["Idempotency-Key"].ToString();
            var (execution, node) = (Guid.Parse(key.Split('/')[0]), key.Split('/')[1]);
            if (await WasFinishedAsync(database, execution, node, before: DateTimeOffset.UtcNow))
                effects.RunAgain.Add(key);
            effects.CallsByKey.AddOrUpdate(key, 1, (_, n) => n + 1);
            if (context.Request.Headers.TraceParent.ToString() is { Length: 55 } traceParent)
                effects.TracesByExecution.GetOrAdd(execution, _ => new())[traceParent[3..35]] = true;
            await Task.Delay(delay, context.RequestAborted);
            return Results.Json(new { key });
        });
        await app.StartAsync();
        return effects;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    /// <summary>Asks until the database answers: it may just be restarting, and others may finish the step meanwhile.</summary>
    private static async Task<bool> WasFinishedAsync(NpgsqlDataSource database, Guid execution, string node, DateTimeOffset before) =>
        await new DatabaseRetry(TimeProvider.System, attempts: 20).ExecuteAsync(async cancellationToken =>
        {
            await using var command = database.CreateCommand("""
                select exists (
                  select from execution_steps
                  where execution_id = $1 and node_id = $2 and status not in ('running', 'waiting') and finished_at < $3)
                """);
            command.Parameters.AddWithValue(execution);
            command.Parameters.AddWithValue(node);
            command.Parameters.AddWithValue(before);
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }, CancellationToken.None);
}
