using System.Text.Json.Serialization;

namespace Sos.Api.Requests;

/// <summary>A page of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">The <c>cursor</c> of the next page; left out on the last one.</param>
public sealed record ListAnswer<T>(
    IReadOnlyList<T> Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Next = null);

internal static class ListAnswer
{
    /// <summary>The first <paramref name="limit"/> of items that were read with one more than that.</summary>
    public static ListAnswer<T> Of<T>(List<T> items, int limit, Func<T, string> cursor)
    {
        if (items.Count <= limit)
            return new ListAnswer<T>(items);
        items.RemoveRange(limit, items.Count - limit);
        return new ListAnswer<T>(items, cursor(items[^1]));
    }
}
