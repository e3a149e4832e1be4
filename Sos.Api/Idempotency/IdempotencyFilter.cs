using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Sos.Api.Auth;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;
using Sos.Workflows.Validation;

namespace Sos.Api.Idempotency;

/// <summary>
/// Does a request with an <c>Idempotency-Key</c> once: when the same comes again, it gets the same answer. Only
/// successes are kept; a request that was refused changed nothing, and its key may be used again.
/// </summary>
internal sealed class IdempotencyFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        if (IdempotencyKeys.Read(context.Request) is not { } key)
            return await next(invocation);

        var body = await RequestBody.ReadAsync(context, DefinitionLimits.Bytes, context.RequestAborted);
        context.Request.Body = new MemoryStream(body.ToArray(), writable: false);
        context.Request.ContentLength = body.Length;
        var store = context.RequestServices.GetRequiredService<IdempotencyStore>();
        var workspace = context.Caller().WorkspaceId;
        switch (await store.BeginAsync(workspace, key, IdempotencyKeys.Hash(context.Request, body.Span), context.RequestAborted))
        {
            case IdempotencyClaim.Answered answer:
                context.Response.Headers[IdempotencyKeys.ReplayedHeader] = "true";
                if (answer.Location is { } location)
                    context.Response.Headers.Location = location;
                return Results.Text(answer.Body, "application/json", Encoding.UTF8, answer.Status);
            case IdempotencyClaim.KeyReused:
                throw ProblemCatalog.KeyReused();
            case IdempotencyClaim.InProgress:
                throw new ProblemException(StatusCodes.Status409Conflict, "idempotency_key_in_use", "The same request is being done right now. Send it again in a moment for its answer.") { RetryAfterSeconds = 1 };
            default:
                return await DoAsync(invocation, next, store, workspace, key);
        }
    }

    private static async Task<object?> DoAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next, IdempotencyStore store, Guid workspace, string key)
    {
        var context = invocation.HttpContext;
        var original = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var written = new MemoryStream();
        try
        {
            var result = await next(invocation) as IResult ?? throw new InvalidOperationException("An endpoint with idempotency keys must give a typed result.");
            var copy = new StreamResponseBodyFeature(written);
            context.Features.Set<IHttpResponseBodyFeature>(copy);
            await result.ExecuteAsync(context);
            await copy.CompleteAsync();
        }
        catch
        {
            await store.ForgetAsync(workspace, key, CancellationToken.None);
            throw;
        }
        finally
        {
            context.Features.Set(original);
        }
        // What was done is done: the answer is kept even when nobody waits for it any more.
        var answer = Encoding.UTF8.GetString(written.GetBuffer(), 0, (int)written.Length);
        await store.CompleteAsync(workspace, key, context.Response.StatusCode, answer, context.Response.Headers.Location, CancellationToken.None);
        await original.Writer.WriteAsync(written.GetBuffer().AsMemory(0, (int)written.Length), context.RequestAborted);
        return Results.Empty;
    }
}

internal static class IdempotencyExtensions
{
    /// <summary>Lets clients repeat a POST safely.</summary>
    public static RouteHandlerBuilder WithIdempotencyKey(this RouteHandlerBuilder endpoint) =>
        endpoint.AddEndpointFilter<IdempotencyFilter>().WithMetadata(new TakesIdempotencyKey());
}

/// <summary>Marks endpoints whose document mentions the header.</summary>
internal sealed class TakesIdempotencyKey;
