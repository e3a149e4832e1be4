using System.Net;

namespace Sos.Executors.Outbound;

/// <summary>A request that can be sent again, to another place, when it is redirected.</summary>
internal sealed record OutboundRequest
{
    /// <summary>The method.</summary>
    public required HttpMethod Method { get; init; }

    /// <summary>Where to: an absolute http or https URL without user information.</summary>
    public required Uri Url { get; init; }

    /// <summary>Headers, checked by <see cref="OutboundHeaders"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Names of headers that hold credentials beyond those that <see cref="SensitiveNames"/> knows.</summary>
    public IReadOnlySet<string> SecretHeaders { get; init; } = new HashSet<string>();

    /// <summary>Names of query parameters that hold credentials, beyond the same.</summary>
    public IReadOnlySet<string> SecretParameters { get; init; } = new HashSet<string>();

    /// <summary>The body; null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>Makes a body that is not held in memory, anew for each hop; null where <see cref="Body"/> is the body, or nothing.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>Whether the body holds credentials, so that it goes to no other origin.</summary>
    public bool HasSecretBody { get; init; }

    /// <summary>The body's media type; a <c>Content-Type</c> among the headers wins.</summary>
    public string? ContentType { get; init; }

    /// <summary>How many redirects are followed; 0 returns the first as it is.</summary>
    public int MaxRedirects { get; init; } = 10;

    /// <summary>A message for one hop. Headers about a body are left out where there is none.</summary>
    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Url);
        if (Content is not null || Body is not null)
        {
            message.Content = Content?.Invoke() ?? new ReadOnlyMemoryContent(Body!.Value);
            if (ContentType is not null)
                message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }
        else if (Method == HttpMethod.Post || Method == HttpMethod.Patch)
        {
            // .NET sends a request without content again when the connection closes before the answer. What is not
            // idempotent (RFC 9110 §9.2.2) must not be; with an empty content, it is not.
            message.Content = new ReadOnlyMemoryContent(default);
        }
        foreach (var (name, value) in Headers)
        {
            if (!OutboundHeaders.IsAboutContent(name))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
            else if (message.Content is { } content)
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        return message;
    }

    /// <summary>Whether a redirect may be followed: not where it would take credentials in the body to another origin.</summary>
    public bool MayFollow(HttpStatusCode status, Uri to) => !HasSecretBody || IsSameOrigin(Url, to) || BecomesGet(status);

    /// <summary>
    /// The request that a redirect asks for, after RFC 9110 §15.4 and what browsers do: 303 turns any method but HEAD into GET, 301 and
    /// 302 turn POST into GET, 307 and 308 keep all. Another origin gets no credentials.
    /// </summary>
    public OutboundRequest Redirected(HttpStatusCode status, Uri to)
    {
        var becomesGet = BecomesGet(status);
        var leaves = !IsSameOrigin(Url, to);
        return this with
        {
            Url = to,
            Method = becomesGet ? HttpMethod.Get : Method,
            Body = becomesGet ? null : Body,
            Content = becomesGet ? null : Content,
            ContentType = becomesGet ? null : ContentType,
            Headers = [.. Headers.Where(h =>
                !(leaves && (SecretHeaders.Contains(h.Key) || SensitiveNames.Contains(h.Key)))
                && !(becomesGet && h.Key.Equals("Idempotency-Key", StringComparison.OrdinalIgnoreCase)))],
        };
    }

    private bool BecomesGet(HttpStatusCode status) => (status == HttpStatusCode.SeeOther && Method != HttpMethod.Head)
        || (status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found && Method == HttpMethod.Post);

    /// <summary>Whether two URLs have the same scheme, host and port.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost.Equals(other.IdnHost, StringComparison.OrdinalIgnoreCase);
}
