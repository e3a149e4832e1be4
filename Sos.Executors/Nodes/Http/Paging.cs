using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Executors.Connectors.Http;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>Goes from page to page: reads answers and says what the next request differs in. It sends nothing itself.</summary>
/// <param name="rules">The way.</param>
internal sealed class Paging(PagingRules rules)
{
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private long taken;

    /// <summary>How many pages there have been.</summary>
    public int Pages { get; private set; }

    /// <summary>What the first request has more than the config says: the number of the first page, where pages are counted.</summary>
    public PagingStep? First => rules.Type switch
    {
        PagingType.Page => Counted(rules.First),
        PagingType.Offset => Counted(0),
        _ => null,
    };

    /// <summary>The items of a page.</summary>
    /// <exception cref="PagingException">There is no list where the rules say.</exception>
    public IReadOnlyList<JsonElement> Items(JsonElement body)
    {
        if (!JsonPointer.TryResolve(body, rules.Items, out var items) || items.ValueKind == JsonValueKind.Null)
        {
            // Many services leave an empty list out. A whole body that is none is something else.
            return body.ValueKind == JsonValueKind.Object && rules.Items.Length > 0 ? [] : throw NoList(body);
        }
        return items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : throw NoList(items);
    }

    /// <summary>What the next request differs in; null after the last page.</summary>
    /// <param name="url">Where the page came from.</param>
    /// <param name="link">Its <c>Link</c> header; null without one.</param>
    /// <param name="body">Its body.</param>
    /// <param name="items">Its items.</param>
    /// <exception cref="PagingException">The pages lead in a circle, or to no URL.</exception>
    public PagingStep? Next(Uri url, string? link, JsonElement body, IReadOnlyList<JsonElement> items)
    {
        taken += items.Count;
        Pages++;
        if (rules.More is { } more && JsonPointer.TryResolve(body, more, out var flag) && flag.ValueKind == JsonValueKind.False)
            return null;
        return rules.Type switch
        {
            PagingType.Link => LinkHeader.Next(link) is { Length: > 0 } next ? Follow(url, next) : null,
            PagingType.NextUrl => Text(body, rules.Next) is { } next ? Follow(url, next) : null,
            // In a body, a number stays the number that it is, digit by digit.
            PagingType.Cursor => Scalar(body, rules.Next) is { } cursor ? Send(ScalarText.Of(cursor)!, JsonNode.Parse(cursor.GetRawText())!) : null,
            PagingType.Page => IsLast(items) ? null : Counted(rules.First + Pages),
            _ => IsLast(items) ? null : Counted(taken),
        };
    }

    private bool IsLast(IReadOnlyList<JsonElement> items) => items.Count == 0 || items.Count < rules.Size;

    private PagingStep Counted(long number) => Send(number.ToString(CultureInfo.InvariantCulture), JsonValue.Create(number));

    private PagingStep Send(string text, JsonNode value)
    {
        Note(text);
        return rules.Query is { } name ? new PagingStep.InQuery(name, text) : new PagingStep.InBody(rules.Body!, value);
    }

    private PagingStep Follow(Uri url, string next)
    {
        if (!Uri.TryCreate(url, next, out var target))
            throw new PagingException("The answer names a next page that is no URL.");
        Note(target.AbsoluteUri);
        return new PagingStep.To(target);
    }

    private void Note(string place)
    {
        if (!seen.Add(place))
            throw new PagingException($"The pages lead in a circle: page {Pages} names a next page that was there before.");
    }

    private PagingException NoList(JsonElement found) =>
        new($"Page {Pages + 1} has {ScalarText.KindOf(found)} {(rules.Items.Length == 0 ? "as its body" : $"at '{rules.Items}'")}, where pagination.items expects a list.");

    private static string? Text(JsonElement body, string? pointer) => Scalar(body, pointer) is { } found ? ScalarText.Of(found) : null;

    // A text or a number; null for anything else and for an empty text.
    private static JsonElement? Scalar(JsonElement body, string? pointer) =>
        JsonPointer.TryResolve(body, pointer ?? "", out var found) && found.ValueKind is JsonValueKind.String or JsonValueKind.Number && ScalarText.Of(found) is { Length: > 0 } ? found : null;
}

/// <summary>What the next request differs in.</summary>
internal abstract record PagingStep
{
    private PagingStep() { }

    /// <summary>It goes to this URL.</summary>
    public sealed record To(Uri Url) : PagingStep;

    /// <summary>A query parameter has this value.</summary>
    public sealed record InQuery(string Name, string Value) : PagingStep;

    /// <summary>A property of its JSON body has this value.</summary>
    public sealed record InBody(string Name, JsonNode Value) : PagingStep;
}

/// <summary>The pages can't be followed.</summary>
/// <param name="message">A sentence.</param>
internal sealed class PagingException(string message) : Exception(message);
