using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Json;

namespace Sos.Executors.Connectors.Http;

/// <summary>Goes from page to page of a list.</summary>
internal sealed class Pager(ConnectorPagination pagination, ProviderCall call)
{
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private long taken;
    private int pages;

    /// <summary>The items of a page.</summary>
    /// <exception cref="ConnectorException">There is no list where the connector says (<c>invalid_response</c>).</exception>
    public IReadOnlyList<JsonElement> Items(ConnectorAnswer answer)
    {
        if (!JsonPointer.TryResolve(answer.Body, pagination.Items, out var items) || items.ValueKind is JsonValueKind.Null)
            return []; // many services leave an empty list out
        return items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray()]
            : throw new ConnectorException("invalid_response", $"{call.Manifest.Title} answered '{call.Action}' with {ScalarText.KindOf(items)} at '{pagination.Items}', where a list is expected.");
    }

    /// <summary>The request of the next page; null after the last.</summary>
    /// <exception cref="ConnectorException">The service leads in a circle or elsewhere (<c>invalid_response</c>).</exception>
    public ConnectorRequest? Next(ConnectorRequest request, ConnectorAnswer answer, IReadOnlyList<JsonElement> items)
    {
        taken += items.Count;
        pages++;
        if (pagination.More is { } more && JsonPointer.TryResolve(answer.Body, more, out var flag) && flag.ValueKind == JsonValueKind.False)
            return null;
        switch (pagination.Type)
        {
            case PaginationType.Link:
                return LinkHeader.Next(answer.Headers.GetValueOrDefault("link")) is { } link ? Follow(request, link) : null;
            case PaginationType.NextUrl:
                return Value(answer.Body, pagination.Next!) is { } url ? Follow(request, ScalarText.Of(url)!) : null;
            case PaginationType.Cursor:
                var cursor = pagination.LastItem is { } inItem ? items.Count == 0 ? null : Value(items[^1], inItem) : Value(answer.Body, pagination.Next!);
                return cursor is not { } mark || (pagination.LastItem is not null && IsLast(items)) ? null : Send(request, ScalarText.Of(mark)!, JsonNode.Parse(mark.GetRawText())!);
            case PaginationType.Page:
                var page = pagination.First + pages;
                return IsLast(items) ? null : Send(request, page.ToString(CultureInfo.InvariantCulture), JsonValue.Create(page));
            default:
                return IsLast(items) ? null : Send(request, taken.ToString(CultureInfo.InvariantCulture), JsonValue.Create(taken));
        }
    }

    // Without a cursor that ends, a page that is not full is the last one.
    private bool IsLast(IReadOnlyList<JsonElement> items) =>
        items.Count == 0
        || (pagination.More is null && pagination.Size is { } size && call.Arguments.TryGetProperty(size, out var full) && full.TryGetInt32(out var count) && items.Count < count);

    private ConnectorRequest Send(ConnectorRequest request, string text, JsonNode value)
    {
        Note(text);
        return pagination.Query is { } name
            ? request with { Url = QueryString.Replace(request.Url, name, text) }
            : request with { Body = request.Body.With(pagination.Body!, value) };
    }

    private ConnectorRequest Follow(ConnectorRequest request, string url)
    {
        if (!Uri.TryCreate(request.Url, url, out var next) || Uri.Compare(next, request.Url, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) != 0 || next.UserInfo.Length > 0)
            throw new ConnectorException("invalid_response", $"{call.Manifest.Title} says that the next page of '{call.Action}' is on another server, which does not get the credential.");
        Note(next.AbsoluteUri);
        // Services leave a credential of the query out of the links they give.
        foreach (var (name, value) in request.Credential.Query)
            next = QueryString.Replace(next, name, value);
        return request with { Url = next };
    }

    private void Note(string place)
    {
        if (!seen.Add(place))
            throw new ConnectorException("invalid_response", $"{call.Manifest.Title} leads in a circle: two pages of '{call.Action}' name the same next one.");
    }

    private static JsonElement? Value(JsonElement value, string pointer) =>
        JsonPointer.TryResolve(value, pointer, out var found) && found.ValueKind is JsonValueKind.String or JsonValueKind.Number && ScalarText.Of(found) is { Length: > 0 } ? found : null;
}
