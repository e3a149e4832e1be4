using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.Http;

/// <summary>How a list goes on from page to page.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record PagingRules
{
    /// <summary>The way.</summary>
    public required PagingType Type { get; init; }

    /// <summary>A JSON pointer to the items in the body; empty where the body is the list.</summary>
    public string Items { get; set; } = "";

    /// <summary>A JSON pointer to the next URL, or to the cursor.</summary>
    public string? Next { get; init; }

    /// <summary>A JSON pointer to a boolean that says if there is more; null where nothing does.</summary>
    public string? More { get; init; }

    /// <summary>The query parameter that takes the cursor, page or offset …</summary>
    public string? Query { get; init; }

    /// <summary>… or the property of the JSON body.</summary>
    public string? Body { get; init; }

    /// <summary>The first page's number.</summary>
    public int First { get; set; } = 1;

    /// <summary>How many items a full page has: one with fewer is the last. Null where only an empty one is.</summary>
    public int? Size { get; init; }

    /// <summary>The most pages that are asked for.</summary>
    public int MaxPages { get; set; } = 100;

    /// <summary>The most items that are kept.</summary>
    public int MaxItems { get; set; } = 10_000;
}

/// <summary>Ways from page to page.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PagingType>))]
internal enum PagingType
{
    /// <summary>The <c>Link</c> header names the next page (RFC 8288).</summary>
    [JsonStringEnumMemberName("link")] Link,

    /// <summary>The body names the next page's URL.</summary>
    [JsonStringEnumMemberName("nextUrl")] NextUrl,

    /// <summary>The body has a cursor, which the next request sends.</summary>
    [JsonStringEnumMemberName("cursor")] Cursor,

    /// <summary>Pages are counted.</summary>
    [JsonStringEnumMemberName("page")] Page,

    /// <summary>Items are counted.</summary>
    [JsonStringEnumMemberName("offset")] Offset,
}
