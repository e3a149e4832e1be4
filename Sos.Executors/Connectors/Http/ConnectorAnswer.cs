using System.Net.Http.Headers;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Http;
using Sos.Executors.Outbound;
using Sos.Executors.Secrets;
using Sos.Workflows.Connectors;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;

namespace Sos.Executors.Connectors.Http;

/// <summary>An answer, read.</summary>
internal sealed record ConnectorAnswer
{
    private const int LongestMessage = 1_000;
    private const int LongestExcerpt = 4_096;
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    private ConnectorAnswer()
    {
    }

    /// <summary>The status.</summary>
    public required int Status { get; init; }

    /// <summary>The body: JSON, text, or base64 of what is neither.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>Headers by small names.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>How long the body is, in bytes.</summary>
    public required int Length { get; init; }

    /// <summary>How long the service asked to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Reads an answer to its end.</summary>
    public static async Task<ConnectorAnswer> ReadAsync(HttpResponseMessage response, int maxBytes, TimeProvider time, CancellationToken cancellationToken)
    {
        var bytes = response.RequestMessage?.Method == HttpMethod.Head ? default : await OutboundBody.ReadAsync(response.Content, maxBytes, cancellationToken);
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            headers[name.ToLowerInvariant()] = StorableJson.Clean(values.ToString());
        return new ConnectorAnswer
        {
            Status = (int)response.StatusCode,
            Body = HttpBody.Read(bytes, response.Content.Headers, HttpResponseType.Auto)!.Value,
            Headers = headers,
            Length = bytes.Length,
            RetryAfter = After(response.Headers.RetryAfter, time),
        };
    }

    /// <summary>What the expressions about an answer see.</summary>
    public ICelVariables Variables(ProviderCall call) => new CelVariables()
        .Add("status", JsonSerializer.SerializeToElement(Status, ConnectorRequestJson.Default.Int32))
        .Add("headers", JsonSerializer.SerializeToElement(new Dictionary<string, string>(Headers), ConnectorRequestJson.Default.DictionaryStringString))
        .Add("body", Body)
        .Add(ActionPlan.Arguments, call.Arguments);

    /// <summary>The failure that the answer tells of; null where it is none.</summary>
    public ConnectorException? Failure(ProviderCall call, SecretScrubber secrets, CelContext evaluation)
    {
        var errors = call.Errors;
        var own = errors.Code is { } pointer && JsonPointer.TryResolve(Body, pointer, out var found) ? ScalarText.Of(found) : null;
        if (Status is >= 200 and < 300 && !Says(errors.Failed, call, evaluation))
            return null;
        var asksForPatience = Status == 429 || (own is not null && errors.RateLimited.Contains(own, StringComparer.Ordinal)) || Says(errors.RateLimitedWhen, call, evaluation);
        FallThrough? reason = asksForPatience ? FallThrough.RateLimited : Status >= 500 ? FallThrough.ServerError : null;
        var message = Explanation(errors, secrets);
        var text = $"{call.Manifest.Title} ({call.ProviderId}) answered '{call.Action}' with {Status}"
            + (own is null ? "" : $" {own}") + (message is null || message == own ? "." : $": {message}");
        var error = new NodeError(Status is >= 200 and < 300 ? asksForPatience ? "connector_429" : "connector_failed" : $"connector_{Status}", secrets.Apply(text))
        {
            Retryable = reason is not null || Status is 408 or 425 || (own is not null && errors.Retryable.Contains(own, StringComparer.Ordinal)),
            RetryAfter = asksForPatience ? Patience(call, evaluation) : RetryAfter,
            Details = Details(call, own, secrets),
        };
        return new ConnectorException(error, reason);
    }

    /// <summary>How long the service asks to be left alone, by its header or by what the connector knows of its answers.</summary>
    private TimeSpan? Patience(ProviderCall call, CelContext evaluation) =>
        RetryAfter ?? (call.Errors.RetryAfter is { } template && Evaluate(template, call, evaluation) is { ValueKind: JsonValueKind.Number } seconds && seconds.TryGetDouble(out var delay) && delay >= 0
            ? TimeSpan.FromSeconds(Math.Min(delay, LongestRetryAfter.TotalSeconds))
            : null);

    private bool Says(string? template, ProviderCall call, CelContext evaluation) =>
        template is not null && Evaluate(template, call, evaluation).ValueKind == JsonValueKind.True;

    private JsonElement Evaluate(string template, ProviderCall call, CelContext evaluation)
    {
        try
        {
            return Template.CompileText(template).Render(Variables(call), evaluation).ToJsonElement(evaluation.Limits);
        }
        catch (Exception e) when (e is TemplateException or CelException)
        {
            // An answer of another shape than the expression expects says nothing of the kind.
            return default;
        }
    }

    private string? Explanation(ConnectorErrors errors, SecretScrubber secrets)
    {
        foreach (var pointer in errors.Message)
        {
            if (JsonPointer.TryResolve(Body, pointer, out var value) && (ScalarText.Of(value) ?? (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? value.GetRawText() : null)) is { Length: > 0 } text)
                return text.Length <= LongestMessage ? text : secrets.ApplyToStart(text[..LongestMessage]) + "…";
        }
        return null;
    }

    private JsonElement Details(ProviderCall call, string? own, SecretScrubber secrets)
    {
        var raw = Body.GetRawText();
        return secrets.Apply(JsonSerializer.SerializeToElement(
            new ConnectorErrorDetails(call.Manifest.Id, call.Action, call.ProviderId, Status, own, raw.Length <= LongestExcerpt ? Body : null, raw.Length <= LongestExcerpt ? null : secrets.ApplyToStart(raw[..LongestExcerpt])),
            ConnectorErrorJson.Default.ConnectorErrorDetails));
    }

    private static TimeSpan? After(RetryConditionHeaderValue? header, TimeProvider time)
    {
        var delay = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return delay is not { } some ? null : some < TimeSpan.Zero ? TimeSpan.Zero : some > LongestRetryAfter ? LongestRetryAfter : some;
    }
}

/// <summary>The details of a failure that a service told.</summary>
internal sealed record ConnectorErrorDetails(string Connector, string Action, string Provider, int Status, string? Code, JsonElement? Body, string? BodyStart);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
[System.Text.Json.Serialization.JsonSerializable(typeof(ConnectorErrorDetails))]
internal sealed partial class ConnectorErrorJson : System.Text.Json.Serialization.JsonSerializerContext;
