using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;
using Sos.Workflows.Json;

namespace Sos.Executors.Models.Calls;

/// <summary>Why a call did not come to an answer.</summary>
/// <param name="Error">For the node.</param>
/// <param name="TryAgain">Whether the call itself may be repeated at once.</param>
internal sealed record ModelFailure(NodeError Error, bool TryAgain)
{
    /// <summary>What the provider told of an answer that came and can't be used; null where none did.</summary>
    public RejectedAnswer? Rejected { get; init; }

    private const int MaxMessage = 500;

    private static readonly string[] TooLong =
        ["context_length_exceeded", "context length", "context window", "maximum context", "prompt is too long", "too many tokens", "input is too long"];

    private static readonly string[] Filtered = ["content_filter", "content_policy", "content management policy", "responsible_ai_policy"];

    private static readonly string[] UnknownModel = ["model_not_found", "deploymentnotfound", "does not exist", "unknown model", "model not found", "invalid model", "no such model"];

    /// <summary>Reads what calling a provider threw.</summary>
    /// <param name="exception">What was thrown; not the caller's own cancellation or the call's timeout.</param>
    /// <param name="target">What was called.</param>
    /// <param name="redactor">Knows the key.</param>
    public static ModelFailure From(Exception exception, ModelTarget target, Redactor redactor)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case ProviderRefusalException refusal:
                    return FromRefusal(refusal, target, redactor);
                case BrokenAnswerException:
                    return Unfinished(target);
                case OutboundTooLargeException tooLarge:
                    return new(new NodeError("invalid_response", $"{Who(target)} gave more than is read: {tooLarge.Message}"), TryAgain: false);
            }
        }
        if (target.Provider.Endpoint(target.Connection) is { } url && FromNetwork(exception, url) is { } network)
        {
            var error = new NodeError(network.Code is "address_not_allowed" ? network.Code : "provider_unavailable",
                $"{Who(target)} can't be reached. {redactor.Apply(network.Message)}") { Retryable = network.Retryable };
            return new(error, network.Retryable);
        }
        if (FromStream(exception) is { } said)
        {
            var (code, message) = ReadBody(said);
            var busy = code is "overloaded_error" or "api_error" or "rate_limit_error" or "server_error";
            return new(
                new NodeError(busy ? "provider_unavailable" : "provider_error", $"{Who(target)} broke its answer off: {Say(message, redactor)}") { Retryable = busy },
                busy);
        }
        return Invalid(target, $"it can't be read ({exception.GetType().Name})");
    }

    /// <summary>An answer that is none.</summary>
    public static ModelFailure Invalid(ModelTarget target, string why) => new(
        new NodeError("invalid_response", $"{Who(target)} gave an answer that is none: {why}. If that goes on, check that the base URL leads to the provider's API.") { Retryable = true },
        TryAgain: false);

    /// <summary>An answer whose end did not come. It may be paid for, so it is the node's to decide whether it is asked for again.</summary>
    public static ModelFailure Unfinished(ModelTarget target) => new(
        new NodeError("provider_unavailable", $"{Who(target)} ended its answer in the middle.") { Retryable = true },
        TryAgain: false);

    /// <summary>No answer in time.</summary>
    public static ModelFailure TimedOut(ModelTarget target, TimeSpan timeout) => new(
        new NodeError("model_timeout", $"{Who(target)} did not answer within {timeout.TotalSeconds:0.###} s. A longer timeout, a shorter prompt or a smaller maxTokens may help.") { Retryable = true },
        TryAgain: false);

    private static ModelFailure FromRefusal(ProviderRefusalException refusal, ModelTarget target, Redactor redactor)
    {
        var status = refusal.Status;
        var (code, message) = ReadBody(refusal.Body);
        var says = message.Length == 0 ? "" : $" It says: {Say(message, redactor)}";
        var all = $"{code} {message}";
        var who = Who(target);
        return status switch
        {
            401 or 403 => Final("provider_auth_failed", $"{who} refused the API key ({status}). Check the key of the connection '{target.Connection.Name}' and what it may be used for.{says}"),
            429 when code is "insufficient_quota" or "billing_hard_limit_reached" => Final("rate_limited", $"The quota of the connection '{target.Connection.Name}' is used up (429). Raise it with the provider.{says}"),
            429 => Again("rate_limited", $"{who} takes no more calls for now (429).{says}"),
            413 => Final("context_length_exceeded", $"The request is too large for {who} (413). Send less text or fewer images.{says}"),
            404 => Final("model_not_found", $"{who} knows no model '{target.Model}', or the base URL of the connection does not lead to its API (404).{says}"),
            408 or >= 500 => Again("provider_unavailable", $"{who} can't answer for now ({status}).{says}"),
            >= 300 and < 400 => Final("provider_error", $"{who} redirects elsewhere ({status}), which is not followed. Set the base URL to where it leads."),
            _ when Mentions(all, Filtered) => Final("content_filtered", $"{who} refused the prompt for what is in it ({status}).{says}"),
            _ when Mentions(all, TooLong) => Final("context_length_exceeded", $"The prompt is too long for the model '{target.Model}' ({status}). Send less, or use a model with a larger context.{says}"),
            400 when Mentions(all, UnknownModel) => Final("model_not_found", $"{who} knows no model '{target.Model}'.{says}"),
            _ => Final("provider_error", $"{who} refused the request ({status}).{says}"),
        };

        ModelFailure Final(string errorCode, string text) => new(new NodeError(errorCode, text), TryAgain: false);

        ModelFailure Again(string errorCode, string text) =>
            new(new NodeError(errorCode, text) { Retryable = true, RetryAfter = refusal.RetryAfter }, TryAgain: true);
    }

    private static OutboundFailure? FromNetwork(Exception exception, Uri url)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException or IOException or OutboundRefusedException or System.Net.Sockets.SocketException or OperationCanceledException)
                return OutboundFailure.From(e is System.Net.Sockets.SocketException ? new IOException(e.Message, e) : e, url);
        }
        return null;
    }

    // An error that comes in the middle of a stream, which the SDK throws with what it read.
    private static string? FromStream(Exception exception)
    {
        if (exception is not global::Anthropic.Exceptions.AnthropicSseException sse)
            return null;
        var start = sse.Message.IndexOf('{', StringComparison.Ordinal);
        return start < 0 ? sse.Message : sse.Message[start..].TrimEnd('\'');
    }

    // Both protocols: {"error": {"message", "type", "code"}}; some put the message at the top, or send plain text.
    private static (string? Code, string Message) ReadBody(string body)
    {
        try
        {
            var root = JsonElement.Parse(body);
            if (root.Member("error") is { ValueKind: JsonValueKind.Object } error)
                root = error;
            return (root.TextMember("code") ?? root.TextMember("type"), root.TextMember("message") ?? root.TextMember("error") ?? "");
        }
        catch (JsonException)
        {
            // A gateway's page rather than the provider's answer; its text is of no use to anybody.
            return (null, body.StartsWith('<') ? "" : body);
        }
    }

    private static string Say(string message, Redactor redactor) => redactor.Shorten(message.ReplaceLineEndings(" "), MaxMessage);

    private static bool Mentions(string text, string[] words) => Array.Exists(words, w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static string Who(ModelTarget target) => $"The provider '{target.Connection.Name}'";
}

/// <summary>An answer that can't be used and is billed all the same.</summary>
/// <param name="Usage">The tokens that the provider told.</param>
/// <param name="ResponseId">The answer's id.</param>
/// <param name="ResponseModel">The model that answered.</param>
/// <param name="FinishReason">Why it stopped.</param>
internal sealed record RejectedAnswer(UsageDetails Usage, string? ResponseId, string? ResponseModel, string? FinishReason)
{
    /// <summary>Of an answer; null where it tells no usage.</summary>
    public static RejectedAnswer? Of(ChatResponse response) => response.Usage is { InputTokenCount: not null } usage
        ? new(usage, response.ResponseId, response.ModelId, response.FinishReason?.Value)
        : null;

    /// <summary>Of vectors; null where they tell no usage.</summary>
    public static RejectedAnswer? Of(GeneratedEmbeddings<Embedding<float>> embeddings) => embeddings.Usage is { InputTokenCount: not null } usage
        ? new(usage, null, embeddings.FirstOrDefault()?.ModelId, null)
        : null;
}
