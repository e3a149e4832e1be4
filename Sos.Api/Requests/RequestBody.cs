using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Sos.Api.Problems;

namespace Sos.Api.Requests;

/// <summary>Reads request bodies, never more of them than allowed.</summary>
internal static class RequestBody
{
    /// <summary>Reads the whole body.</summary>
    /// <exception cref="ProblemException">413 for a body over the limit, before more than the limit was read.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, int maxBytes, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength is { } length)
        {
            if (length > maxBytes)
                throw Refuse(context, maxBytes);
            var exact = GC.AllocateUninitializedArray<byte>((int)length);
            await context.Request.Body.ReadExactlyAsync(exact, cancellationToken);
            return exact;
        }

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw Refuse(context, maxBytes);
            }
            if (result.IsCompleted)
            {
                var all = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return all;
            }
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Reads a body that must be one JSON object of a known shape, without duplicate or unknown properties.</summary>
    public static async Task<T> ReadJsonAsync<T>(this HttpContext context, JsonTypeInfo<T> type, CancellationToken cancellationToken, int maxBytes = 16 * 1024)
        where T : class
    {
        var body = await ReadAsync(context, maxBytes, cancellationToken);
        return Parse(body.Span, type);
    }

    /// <summary>Reads JSON of a known shape.</summary>
    public static T Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.IsEmpty)
            throw new ProblemException(StatusCodes.Status400BadRequest, "body_missing", "The request needs a JSON object as its body; an empty one is '{}'.");
        try
        {
            return JsonSerializer.Deserialize(body, type)
                ?? throw new ProblemException(StatusCodes.Status400BadRequest, "invalid_body", "The body must be a JSON object, not null.");
        }
        catch (JsonException e)
        {
            throw JsonMistake.Explain(e);
        }
    }

    private static ProblemException Refuse(HttpContext context, int maxBytes)
    {
        // Nothing more of it is read: the connection ends with the answer.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = 0;
        context.Response.Headers.Connection = "close";
        return ProblemMiddleware.TooLarge(maxBytes);
    }
}
