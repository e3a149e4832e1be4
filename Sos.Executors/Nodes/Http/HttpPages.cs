using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Nodes.Http;

/// <summary>Asks for one page after the other and gives the items of all.</summary>
/// <remarks>A page on another server gets no secret that it was not meant for.</remarks>
internal sealed class HttpPages(PagingRules rules, HttpConfig config, OutboundRequest first, Credential? credential, HttpCall call, string idempotencyKey)
{
    private readonly Paging paging = new(rules);
    private readonly JsonObject? body = config.Json.ValueKind == JsonValueKind.Object ? JsonObject.Create(config.Json) : null;

    /// <summary>Asks for the pages.</summary>
    /// <exception cref="PagingException">They can't be followed.</exception>
    /// <exception cref="OutboundTooLargeException">They are larger than <c>maxResponseBytes</c> together.</exception>
    public async Task<NodeOutcome> RunAsync(OutboundHttp http, CancellationToken cancellationToken)
    {
        var items = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(items);
        writer.WriteStartArray();
        var (count, bytes) = (0, 0);
        var request = paging.First is { } start ? Apply(first, start) : first;
        while (true)
        {
            using var response = await call.SendAsync(http, request, cancellationToken);
            if (await call.FailureAsync(response, cancellationToken) is { } failure)
                return failure;
            var content = await ReadAsync(response, config.MaxResponseBytes - bytes, cancellationToken);
            bytes += content.Length;
            if (HttpBody.Read(content, response.Content.Headers, HttpResponseType.Json) is not { } page)
                return call.Unreadable(response, content, HttpResponseType.Json);

            var found = paging.Items(page);
            var link = response.Headers.NonValidated.TryGetValues("Link", out var links) ? string.Join(", ", links) : null;
            var next = paging.Next(response.RequestMessage!.RequestUri!, link, page, found);
            var room = rules.MaxItems - count;
            foreach (var item in found.Take(room))
                item.WriteTo(writer);
            count += Math.Min(room, found.Count);
            var truncated = found.Count > room || (next is not null && (count >= rules.MaxItems || paging.Pages >= rules.MaxPages));
            if (next is not null && !truncated)
            {
                request = Apply(request, next);
                continue;
            }
            writer.WriteEndArray();
            writer.Flush();
            return HttpCall.Completed(call.Output(response) with { Items = JsonElement.Parse(items.WrittenSpan), Pages = paging.Pages, Truncated = truncated });
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, int room, CancellationToken cancellationToken)
    {
        try
        {
            return await OutboundBody.ReadAsync(response.Content, room, cancellationToken);
        }
        catch (OutboundTooLargeException)
        {
            throw new OutboundTooLargeException(config.MaxResponseBytes);
        }
    }

    private OutboundRequest Apply(OutboundRequest request, PagingStep step)
    {
        var next = step switch
        {
            PagingStep.To(var url) => Follow(request, url),
            PagingStep.InQuery(var name, var value) => request with { Url = WithParameter(first.Url, name, value) },
            PagingStep.InBody(var name, var value) => request with { Body = WithProperty(name, value) },
            _ => throw new InvalidOperationException($"There is no such step as {step}."),
        };
        // Each page is a request of its own: with the same key, a service could give the first one's answer again.
        return paging.Pages == 0 ? next : next with
        {
            Headers = [.. first.Headers
                .Where(h => next.Headers.Any(n => n.Key == h.Key))
                .Select(h => h.Key == "Idempotency-Key" && h.Value == idempotencyKey ? new KeyValuePair<string, string>(h.Key, $"{h.Value}/page-{paging.Pages + 1}") : h)],
        };
    }

    private OutboundRequest Follow(OutboundRequest request, Uri url)
    {
        if (OutboundUrl.Problem(url) is { } problem)
            throw new PagingException($"The answer names a next page that can't be asked for. {problem}");
        if (url.AbsoluteUri.Length > OutboundUrl.MaxLength)
            throw new PagingException("The answer names a next page whose URL is too long.");
        if (first.Url.Scheme == Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttps)
            throw new PagingException($"The answer names a next page at {OutboundUrl.Short(url)}, without TLS.");
        if (!OutboundRequest.IsSameOrigin(first.Url, url))
        {
            if (credential is null ? HasSecrets : !credential.Allows(url) || HttpRequestBody.NamesSecrets(config))
                throw new PagingException($"The answer names a next page at {OutboundUrl.Short(url)}, another server, which does not get the credentials of this one.");
            // Of what is secret, only the credential may go there.
            request = request with { Headers = [.. request.Headers.Where(h => first.SecretHeaders.Contains(h.Key) || !SensitiveNames.Contains(h.Key) || credential is null)] };
        }
        // Services leave a key of the query out of the links that they give.
        foreach (var pair in first.Url.Query.TrimStart('?').Split('&').Where(p => first.SecretParameters.Contains(NameOf(p))))
            url = WithParameter(url, NameOf(pair), Uri.UnescapeDataString(pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]));
        return request with { Url = url };
    }

    private bool HasSecrets => first.HasSecretBody || first.SecretHeaders.Count > 0 || first.SecretParameters.Count > 0 || first.Headers.Any(h => SensitiveNames.Contains(h.Key));

    private ReadOnlyMemory<byte> WithProperty(string name, JsonNode value)
    {
        body![name] = value;
        return HttpRequestBody.Json(JsonElement.Parse(body.ToJsonString())).Bytes!.Value;
    }

    private static Uri WithParameter(Uri url, string name, string value)
    {
        var others = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(p => NameOf(p) != name);
        var whole = new UriBuilder(url) { Query = string.Join('&', others.Append(HttpPairs.Encode([new(name, value)]))) }.Uri;
        return whole.AbsoluteUri.Length <= OutboundUrl.MaxLength ? whole : throw new PagingException("The answer has a cursor that is too long for a URL.");
    }

    private static string NameOf(string pair) => Uri.UnescapeDataString(pair.Split('=', 2)[0].Replace('+', ' '));
}
