using System.Text.Json.Serialization;

namespace Sos.Workflows.Connectors;

/// <summary>What a provider speaks.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProviderType>))]
public enum ProviderType
{
    /// <summary>HTTP as a manifest describes it.</summary>
    [JsonStringEnumMemberName("manifest")] Manifest,

    /// <summary>HTTP as an OpenAPI document describes it.</summary>
    [JsonStringEnumMemberName("openapi")] OpenApi,

    /// <summary>The Model Context Protocol: actions are the server's tools.</summary>
    [JsonStringEnumMemberName("mcp")] Mcp,
}

/// <summary>Why the next provider is tried.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FallThrough>))]
public enum FallThrough
{
    /// <summary>No answer came.</summary>
    [JsonStringEnumMemberName("connection")] Connection,

    /// <summary>The provider answered 429, or its own limit leaves no room in time.</summary>
    [JsonStringEnumMemberName("rateLimited")] RateLimited,

    /// <summary>The provider answered 5xx.</summary>
    [JsonStringEnumMemberName("serverError")] ServerError,

    /// <summary>The provider failed often of late and is left alone for a while.</summary>
    [JsonStringEnumMemberName("circuitOpen")] CircuitOpen,
}

/// <summary>Where a parameter goes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ParameterPlace>))]
public enum ParameterPlace
{
    /// <summary>
    /// Into the path if that names it; else only where an expression of the action reads it; else into the query of a GET,
    /// HEAD or DELETE and into the body of any other request.
    /// </summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>Into the path, where <c>{name}</c> stands.</summary>
    [JsonStringEnumMemberName("path")] Path,

    /// <summary>Into the query.</summary>
    [JsonStringEnumMemberName("query")] Query,

    /// <summary>Into a header.</summary>
    [JsonStringEnumMemberName("header")] Header,

    /// <summary>Into the body; <see cref="ConnectorParameter.As"/> may be a JSON pointer to where.</summary>
    [JsonStringEnumMemberName("body")] Body,

    /// <summary>It is the body.</summary>
    [JsonStringEnumMemberName("wholeBody")] WholeBody,

    /// <summary>Only where expressions read it.</summary>
    [JsonStringEnumMemberName("expression")] Expression,
}

/// <summary>How a list goes into a query, in OpenAPI's words.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ListStyle>))]
public enum ListStyle
{
    /// <summary>The name once for each item: <c>a=1&amp;a=2</c> (form, explode).</summary>
    [JsonStringEnumMemberName("repeat")] Repeat,

    /// <summary>With commas: <c>a=1,2</c> (form without explode).</summary>
    [JsonStringEnumMemberName("comma")] Comma,

    /// <summary>With spaces: <c>a=1%202</c> (spaceDelimited).</summary>
    [JsonStringEnumMemberName("space")] Space,

    /// <summary>With bars: <c>a=1|2</c> (pipeDelimited).</summary>
    [JsonStringEnumMemberName("pipe")] Pipe,

    /// <summary>The name with brackets once for each item: <c>a[]=1&amp;a[]=2</c>; members of an object as <c>a[b]=1</c> (deepObject).</summary>
    [JsonStringEnumMemberName("brackets")] Brackets,

    /// <summary>Lists and objects as JSON text.</summary>
    [JsonStringEnumMemberName("json")] Json,
}

/// <summary>What a request's body is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BodyEncoding>))]
public enum BodyEncoding
{
    /// <summary>JSON.</summary>
    [JsonStringEnumMemberName("json")] Json,

    /// <summary><c>application/x-www-form-urlencoded</c>; what is nested goes in brackets, as Stripe and PHP have it.</summary>
    [JsonStringEnumMemberName("form")] Form,

    /// <summary><c>multipart/form-data</c>; what is nested goes as JSON.</summary>
    [JsonStringEnumMemberName("multipart")] Multipart,

    /// <summary>Text as it is: the body is one text.</summary>
    [JsonStringEnumMemberName("text")] Text,
}

/// <summary>How a service hands out long lists.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PaginationType>))]
public enum PaginationType
{
    /// <summary>The answer holds a mark that the next request sends back.</summary>
    [JsonStringEnumMemberName("cursor")] Cursor,

    /// <summary>Requests name a page by its number.</summary>
    [JsonStringEnumMemberName("page")] Page,

    /// <summary>Requests say how many items they skip.</summary>
    [JsonStringEnumMemberName("offset")] Offset,

    /// <summary>The answer's <c>Link</c> header leads on with <c>rel="next"</c> (RFC 8288).</summary>
    [JsonStringEnumMemberName("link")] Link,

    /// <summary>The answer's body holds the URL of the next page.</summary>
    [JsonStringEnumMemberName("nextUrl")] NextUrl,
}

/// <summary>Where a credential goes in a request.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuthPlace>))]
public enum AuthPlace
{
    /// <summary>Into a header.</summary>
    [JsonStringEnumMemberName("header")] Header,

    /// <summary>Into the query.</summary>
    [JsonStringEnumMemberName("query")] Query,

    /// <summary>Into the URL, where <c>{name}</c> stands.</summary>
    [JsonStringEnumMemberName("path")] Path,
}
