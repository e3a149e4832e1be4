using System.Buffers;
using System.Text.Json;
using Sos.Executors.Connectors.Health;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Connectors.Http;

/// <summary>Calls a provider over HTTP, as a manifest or an OpenAPI document describes it.</summary>
internal sealed class HttpProvider(OutboundHttp http)
{
    /// <summary>The most pages of a list, however small they are.</summary>
    public const int MaxPages = 1_000;

    /// <summary>Makes the call.</summary>
    /// <exception cref="ConnectorException">It failed.</exception>
    public async Task<ConnectorReply> CallAsync(ProviderCall call, Credential? credential, ProviderHealth health, NodeContext context, CancellationToken cancellationToken)
    {
        var evaluation = new CelContext { TimeProvider = context.Time };
        var request = ConnectorRequest.Of(call, credential, context);
        try
        {
            if (call.Plan!.Action.Pagination is { } pagination)
                return await ListAsync(request, new Pager(pagination, call), call, credential, health, context, evaluation, cancellationToken);
            var answer = await SendAsync(request, call, credential, health, call.Limits.MaxResponseBytes, context, evaluation, cancellationToken);
            return new ConnectorReply(call.Plan.Response is { } response ? response.Render(answer.Variables(call), evaluation) : answer.Body, answer.Status);
        }
        catch (TemplateException e)
        {
            throw new ConnectorException("expression_failed", $"The answer of {call.Manifest.Title} to '{call.Action}' is not what the connector expects: {e.Message}");
        }
    }

    private async Task<ConnectorReply> ListAsync(
        ConnectorRequest request, Pager pager, ProviderCall call, Credential? credential, ProviderHealth health, NodeContext context, CelContext evaluation, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartArray();
        var (items, bytes) = (0, 0);
        ConnectorRequest? next = request;
        for (var pages = 1; ; pages++)
        {
            var answer = await SendAsync(next, call, credential, health, call.Limits.MaxResponseBytes - bytes, context, evaluation, cancellationToken);
            bytes += answer.Length;
            var page = pager.Items(answer);
            next = pager.Next(next, answer, page);
            var given = page;
            if (call.Plan!.Response is { } response)
            {
                var mapped = response.Render(answer.Variables(call), evaluation);
                given = mapped.ValueKind == JsonValueKind.Array ? [.. mapped.EnumerateArray()] : [mapped];
            }
            var room = call.Limits.MaxItems - items;
            foreach (var item in given.Take(room))
                item.WriteTo(writer);
            items += Math.Min(room, given.Count);
            var full = given.Count > room || (items >= call.Limits.MaxItems && next is not null) || (pages >= MaxPages && next is not null);
            if (next is not null && !full)
                continue;
            writer.WriteEndArray();
            writer.Flush();
            return new ConnectorReply(JsonElement.Parse(buffer.WrittenSpan), answer.Status, pages, full);
        }
    }

    private async Task<ConnectorAnswer> SendAsync(
        ConnectorRequest request, ProviderCall call, Credential? credential, ProviderHealth health, int maxBytes, NodeContext context, CelContext evaluation, CancellationToken cancellationToken)
    {
        using var turn = await health.TurnAsync(call.ProviderId, call.Until, cancellationToken);
        var encoded = await request.EncodeAsync(cancellationToken);
        var (answer, told) = await health.CallAsync(call.ProviderId, token => AskAsync(encoded, call, maxBytes, context, evaluation, token), cancellationToken);
        if (told is null)
            return answer;
        if (told.Reason == FallThrough.RateLimited && told.Error.RetryAfter is { } delay)
            health.LeaveAlone(delay);
        // A token that was refused is fetched anew, so another attempt may go better.
        if (answer.Status == 401 && credential is not null && await context.TokenRefusedAsync(credential, cancellationToken))
            throw new ConnectorException(told.Error with { Retryable = true });
        throw told;
    }

    /// <summary>Asks, and throws what counts against the provider's health; any other failure is told with the answer.</summary>
    private async Task<(ConnectorAnswer Answer, ConnectorException? Told)> AskAsync(
        OutboundRequest request, ProviderCall call, int maxBytes, NodeContext context, CelContext evaluation, CancellationToken cancellationToken)
    {
        ConnectorAnswer answer;
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            answer = await ConnectorAnswer.ReadAsync(response, maxBytes, context.Time, cancellationToken);
        }
        catch (OperationCanceledException) when (call.Deadline.IsCancellationRequested)
        {
            throw call.TimedOut();
        }
        catch (OutboundTooLargeException)
        {
            throw new ConnectorException("response_too_large", $"The answers of {call.Manifest.Title} to '{call.Action}' are larger than {call.Limits.MaxResponseBytes} bytes together.");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && OutboundFailure.From(e, request.Url) is { } failure)
        {
            // A name that is not found, a certificate that is not valid: of another provider, it may be.
            throw new ConnectorException(
                new NodeError(failure.Code, context.Secrets.Apply(failure.Message)) { Retryable = failure.Retryable },
                failure.Code.StartsWith("http_", StringComparison.Ordinal) ? FallThrough.Connection : null);
        }
        var told = answer.Failure(call, context.Secrets, evaluation);
        return told is { CountsAgainstHealth: true } ? throw told : (answer, told);
    }
}
