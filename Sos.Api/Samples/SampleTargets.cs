using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Api.Problems;
using Sos.Api.Requests;

namespace Sos.Api.Samples;

/// <summary>
/// Addresses that the samples call, so that they run without a network. They exist in single-process mode only, need
/// no key and are bounded in every way.
/// </summary>
internal static class SampleTargets
{
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxSlowMs = 10_000;
    private const int MaxFlakyKeys = 10_000;

    private static readonly ConcurrentDictionary<string, int> FlakyCalls = new(StringComparer.Ordinal);

    public static void MapSampleTargets(this WebApplication app)
    {
        var samples = app.MapGroup("/samples").ExcludeFromDescription();
        samples.MapMethods("/echo", ["GET", "POST"], EchoAsync);
        samples.MapGet("/flaky", Flaky);
        samples.MapGet("/slow", SlowAsync);
    }

    /// <summary>Answers with the request's query and JSON body.</summary>
    private static async Task<IResult> EchoAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal);
        JsonElement? json = null;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            var body = await RequestBody.ReadAsync(context, MaxBodyBytes, cancellationToken);
            try
            {
                json = JsonElement.Parse(body.Span);
            }
            catch (JsonException e)
            {
                throw JsonMistake.Explain(e);
            }
        }
        return TypedResults.Json(new Echo(context.Request.Method, query, json), SampleJson.Default.Echo);
    }

    /// <summary>Fails the first <c>failures</c> calls with the same <c>Idempotency-Key</c> (or <c>key</c>) with 503.</summary>
    private static IResult Flaky(HttpContext context, string? key = null, int failures = 2)
    {
        if (FlakyCalls.Count > MaxFlakyKeys)
            FlakyCalls.Clear();
        var name = (string?)context.Request.Headers["Idempotency-Key"] ?? key ?? "";
        var calls = FlakyCalls.AddOrUpdate(name.Length > 300 ? name[..300] : name, 1, (_, count) => count + 1);
        if (calls <= failures)
        {
            throw new ProblemException(
                StatusCodes.Status503ServiceUnavailable, "flaky", string.Create(CultureInfo.InvariantCulture, $"Call {calls} fails; call {failures + 1L} would not."));
        }
        return TypedResults.Json(new Calls(calls), SampleJson.Default.Calls);
    }

    /// <summary>Answers after <c>ms</c> milliseconds, ten seconds at most.</summary>
    private static async Task<IResult> SlowAsync(TimeProvider time, CancellationToken cancellationToken, int ms = 1_000)
    {
        var wait = Math.Clamp(ms, 0, MaxSlowMs);
        await Task.Delay(TimeSpan.FromMilliseconds(wait), time, cancellationToken);
        return TypedResults.Json(new Waited(wait), SampleJson.Default.Waited);
    }
}

internal sealed record Echo(string Method, IReadOnlyDictionary<string, string> Query, JsonElement? Json);

internal sealed record Calls([property: JsonPropertyName("calls")] int Count);

internal sealed record Waited(int WaitedMs);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Echo))]
[JsonSerializable(typeof(Calls))]
[JsonSerializable(typeof(Waited))]
internal sealed partial class SampleJson : JsonSerializerContext;
