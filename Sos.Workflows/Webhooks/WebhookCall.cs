namespace Sos.Workflows.Webhooks;

/// <summary>A request to a webhook, read whole.</summary>
public sealed record WebhookCall
{
    /// <summary>The method, in capitals.</summary>
    public required string Method { get; init; }

    /// <summary>The headers by their names in lower case; values of a repeated one are joined with commas.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The query's parameters.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Query { get; init; }

    /// <summary>The body's bytes as they came.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The <c>Content-Type</c>; null for none.</summary>
    public string? ContentType => Header("content-type");

    /// <summary>When it came.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The token in the address that it came to; proxies copy addresses into headers. Null where that doesn't matter.</summary>
    public string? Token { get; init; }

    /// <summary>The method, and nothing secret.</summary>
    public override string ToString() => $"{nameof(WebhookCall)} {{ Method = {Method} }}";

    /// <summary>A header's value; null where it is not there.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());
}
