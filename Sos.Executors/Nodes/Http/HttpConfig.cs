using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Http;

/// <summary>The config of an <c>http</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record HttpConfig
{
    /// <summary>The method.</summary>
    public HttpVerb Method { get; init; }

    /// <summary>An absolute http or https URL.</summary>
    public string Url { get; set; } = "";

    /// <summary>Header values by name; null values are left out.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Headers { get; init; }

    /// <summary>Query parameters by name, added to the URL's own; a list repeats the name, null values are left out.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Query { get; init; }

    /// <summary>A JSON body; undefined for none. At most one of the five bodies.</summary>
    public JsonElement Json { get; init; }

    /// <summary>A form body (<c>application/x-www-form-urlencoded</c>), like <see cref="Query"/>.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Form { get; init; }

    /// <summary>A body of any text, sent in UTF-8.</summary>
    public string? Text { get; init; }

    /// <summary>A body of a file's bytes.</summary>
    public string? File { get; init; }

    /// <summary>A body of several parts (<c>multipart/form-data</c>).</summary>
    public IReadOnlyList<HttpPart>? Multipart { get; init; }

    /// <summary>The media type of <see cref="Text"/> or <see cref="File"/>; null for plain text, or what the file's name tells.</summary>
    public string? ContentType { get; init; }

    /// <summary>Credentials to send.</summary>
    public HttpAuth? Auth { get; init; }

    /// <summary>The name of a stored credential to send; not beside <see cref="Auth"/>.</summary>
    public string? Credential { get; init; }

    /// <summary>How long an attempt may take, from connecting to the end of the body.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest body that is read, after decompression.</summary>
    public int MaxResponseBytes { get; set; } = 1024 * 1024;

    /// <summary>Whether up to ten redirects are followed.</summary>
    public bool FollowRedirects { get; set; } = true;

    /// <summary>Statuses that count as success: numbers and ranges such as <c>200-299</c>.</summary>
    public IReadOnlyList<JsonElement>? ExpectedStatus { get; init; }

    /// <summary>What the body becomes in the output.</summary>
    public HttpResponseType ResponseType { get; init; }

    /// <summary>The file that the body becomes; null for none.</summary>
    public HttpDownload? Download { get; init; }

    /// <summary>How the answer goes on from page to page; null for one answer.</summary>
    public PagingRules? Pagination { get; init; }
}

/// <summary>A part of <see cref="HttpConfig.Multipart"/>.</summary>
internal sealed record HttpPart
{
    /// <summary>The field's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its value: text, or JSON; undefined for a file.</summary>
    public JsonElement Value { get; init; }

    /// <summary>The file that is its value.</summary>
    public string? File { get; init; }

    /// <summary>What the file is called; null for its own name.</summary>
    public string? Filename { get; init; }

    /// <summary>The part's media type; null for what the file's name tells, or none.</summary>
    public string? ContentType { get; init; }
}

/// <summary>Where an answer's body is saved.</summary>
internal sealed record HttpDownload
{
    /// <summary>The file.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether a file that is there is replaced.</summary>
    public bool Overwrite { get; set; } = true;

    /// <summary>The largest body, in bytes after decompression.</summary>
    public long MaxBytes { get; set; } = 100 * 1024 * 1024;
}

/// <summary>Credentials of an <c>http</c> node; which properties count depends on <see cref="Type"/>.</summary>
internal sealed record HttpAuth
{
    /// <summary>The scheme.</summary>
    public required HttpAuthType Type { get; init; }

    /// <summary>The user name of <c>basic</c>.</summary>
    public string? Username { get; init; }

    /// <summary>The password of <c>basic</c>.</summary>
    public string? Password { get; init; }

    /// <summary>The token of <c>bearer</c>.</summary>
    public string? Token { get; init; }

    /// <summary>The header or query parameter of <c>apiKey</c>.</summary>
    public string Name { get; set; } = "X-API-Key";

    /// <summary>The key of <c>apiKey</c>.</summary>
    public string? Value { get; init; }

    /// <summary>Where <c>apiKey</c> puts the key.</summary>
    public HttpApiKeyPlace In { get; init; }
}

/// <summary>HTTP methods.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HttpVerb>))]
internal enum HttpVerb
{
    [JsonStringEnumMemberName("GET")] Get,
    [JsonStringEnumMemberName("HEAD")] Head,
    [JsonStringEnumMemberName("POST")] Post,
    [JsonStringEnumMemberName("PUT")] Put,
    [JsonStringEnumMemberName("PATCH")] Patch,
    [JsonStringEnumMemberName("DELETE")] Delete,
    [JsonStringEnumMemberName("OPTIONS")] Options,
}

/// <summary>Kinds of credentials.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HttpAuthType>))]
internal enum HttpAuthType
{
    /// <summary>User name and password (RFC 7617).</summary>
    [JsonStringEnumMemberName("basic")] Basic,

    /// <summary>A token (RFC 6750).</summary>
    [JsonStringEnumMemberName("bearer")] Bearer,

    /// <summary>A key in a header or query parameter of any name.</summary>
    [JsonStringEnumMemberName("apiKey")] ApiKey,
}

/// <summary>Where an API key goes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HttpApiKeyPlace>))]
internal enum HttpApiKeyPlace
{
    [JsonStringEnumMemberName("header")] Header,
    [JsonStringEnumMemberName("query")] Query,
}

/// <summary>What a response's body becomes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HttpResponseType>))]
internal enum HttpResponseType
{
    /// <summary>What its media type says: JSON, text, or else base64.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>JSON, or the node fails.</summary>
    [JsonStringEnumMemberName("json")] Json,

    /// <summary>Text.</summary>
    [JsonStringEnumMemberName("text")] Text,

    /// <summary>The rows of CSV, as objects.</summary>
    [JsonStringEnumMemberName("csv")] Csv,

    /// <summary>Text in base64.</summary>
    [JsonStringEnumMemberName("base64")] Base64,

    /// <summary>Null; the body is not read.</summary>
    [JsonStringEnumMemberName("none")] None,
}

/// <summary>The output of an <c>http</c> node.</summary>
internal sealed record HttpOutput
{
    /// <summary>The status code.</summary>
    public required int Status { get; init; }

    /// <summary>Headers by lower-case name; several of one name are joined with a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>The body's media type without parameters; null where the response names none.</summary>
    public required string? ContentType { get; init; }

    /// <summary>The file that the body was saved to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HttpSavedFile? File { get; init; }

    /// <summary>The items of all pages.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Items { get; init; }

    /// <summary>How many pages there were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pages { get; init; }

    /// <summary>Whether there were more items than were kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Truncated { get; init; }

    /// <summary>From sending to the end of the body, redirects included, in milliseconds.</summary>
    public required double LatencyMs { get; init; }

    /// <summary>Where the answer came from, after redirects, without credentials.</summary>
    public required string Url { get; init; }
}

/// <summary>The details of an unexpected answer.</summary>
internal sealed record HttpErrorDetails(int Status, string Url, string? ContentType, string? Body)
{
    /// <summary>Where a redirect that was not followed leads to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Location { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(HttpConfig))]
[JsonSerializable(typeof(HttpOutput))]
[JsonSerializable(typeof(HttpErrorDetails))]
[JsonSerializable(typeof(HttpFileEvent))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class HttpJson : JsonSerializerContext;
