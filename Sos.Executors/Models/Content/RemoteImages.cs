using System.Net;
using Microsoft.Extensions.AI;
using Sos.Executors.Models.Connections;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;

namespace Sos.Executors.Models.Content;

/// <summary>
/// Fetches images that a prompt names by URL, where the connection has a base URL of its own: a model server in the
/// operator's network would fetch them from inside it, for any author of a workflow, and many local servers take no
/// URLs at all. Here they come from where workflows may go, and nowhere else. A vendor's own address is given the URL.
/// </summary>
internal sealed class RemoteImages(OutboundHttp http, TimeProvider time)
{
    /// <summary>The largest image, in bytes.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The messages as they are to be sent.</summary>
    /// <exception cref="ModelCallException">An image can't be fetched.</exception>
    public async Task<IReadOnlyList<ChatMessage>> BringAsync(ModelTarget target, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (target.Connection.BaseUrl is null || !messages.Any(m => m.Contents.Any(c => c is UriContent)))
            return messages;
        var brought = new List<ChatMessage>(messages.Count);
        foreach (var message in messages)
        {
            var contents = new List<AIContent>(message.Contents.Count);
            foreach (var content in message.Contents)
                contents.Add(content is UriContent image ? await FetchAsync(image.Uri, cancellationToken) : content);
            var copy = message.Clone();
            copy.Contents = contents;
            brought.Add(copy);
        }
        return brought;
    }

    private async Task<DataContent> FetchAsync(Uri url, CancellationToken cancellationToken)
    {
        if (OutboundUrl.Problem(url) is { } problem)
            throw Failure("invalid_config", url, problem, retryable: false);
        using var limit = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await http.SendAsync(new OutboundRequest { Method = HttpMethod.Get, Url = url }, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                throw Failure("image_unavailable", url, $"The answer is {(int)response.StatusCode}.", (int)response.StatusCode is 429 or >= 500);
            if (response.Content.Headers.ContentType?.MediaType is not { } type || !type.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
                throw Failure("image_unavailable", url, "What is there is no image: its Content-Type says so.", retryable: false);
            return new DataContent(await OutboundBody.ReadAsync(response.Content, MaxBytes, either.Token), type);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Failure("image_unavailable", url, $"It did not come within {Timeout.TotalSeconds:0} s.", retryable: true);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && OutboundFailure.From(e, url) is { } failure)
        {
            throw Failure(failure.Code == "address_not_allowed" ? failure.Code : "image_unavailable", url, failure.Message, failure.Retryable);
        }
    }

    private static ModelCallException Failure(string code, Uri url, string why, bool retryable) =>
        new(new NodeError(code, $"The image {OutboundUrl.Short(url)} can't be fetched. {why}") { Retryable = retryable });
}
