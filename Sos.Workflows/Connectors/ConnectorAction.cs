using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Connectors;

/// <summary>Something that a connector can do: one request, or as many as there are pages.</summary>
/// <remarks>
/// Templates are written as in workflows. An optional argument that is null counts as not given, unless its type admits null. Those of the request see <c>args</c> (every declared parameter, null where none
/// was given), <c>settings</c>, <c>credential</c> (what is not secret of it) and <c>idempotencyKey</c>; a member of an
/// object whose expression gives null is left out. Those of the answer see <c>status</c>, <c>headers</c> (by small names),
/// <c>body</c> and <c>args</c>.
/// </remarks>
public sealed record ConnectorAction
{
    /// <summary>What it does, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What it does, for people and models.</summary>
    public string Description { get; set; } = "";

    /// <summary>Whether it changes nothing; null: a GET or HEAD does not.</summary>
    public bool? ReadOnly { get; init; }

    /// <summary>The HTTP method.</summary>
    public string Method { get; set; } = "GET";

    /// <summary>The path below the base URL, with <c>{parameter}</c> and <c>{setting}</c>; <c>{+parameter}</c> may hold slashes.</summary>
    public string Path { get; set; } = "";

    /// <summary>What it takes, by name.</summary>
    public IReadOnlyDictionary<string, ConnectorParameter> Parameters { get; set; } = new Dictionary<string, ConnectorParameter>();

    /// <summary>Query parameters of every call; templates.</summary>
    public IReadOnlyDictionary<string, JsonElement> Query { get; set; } = new Dictionary<string, JsonElement>();

    /// <summary>Headers of every call; templates.</summary>
    public IReadOnlyDictionary<string, JsonElement> Headers { get; set; } = new Dictionary<string, JsonElement>();

    /// <summary>The body: a template, into which parameters that belong to the body are put. Undefined: these alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Body { get; init; }

    /// <summary>What the body is.</summary>
    public BodyEncoding Encoding { get; set; } = BodyEncoding.Json;

    /// <summary>The body's media type; null for the encoding's own.</summary>
    public string? ContentType { get; init; }

    /// <summary>How the service is told that a request is the same as an earlier one; null where it can't be.</summary>
    public ConnectorIdempotency? Idempotency { get; init; }

    /// <summary>How the service hands out long lists; null where the answer is all.</summary>
    public ConnectorPagination? Pagination { get; init; }

    /// <summary>What the node gives: a template over the answer (of a list: over each page's). Undefined: the body, or the items.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Response { get; init; }

    /// <summary>How failures of this action are read; null as the connector says.</summary>
    public ConnectorErrors? Errors { get; init; }
}

/// <summary>A parameter of an action: a JSON schema, and where the value goes.</summary>
/// <remarks>
/// In a manifest the schema's keywords (<c>type</c>, <c>description</c>, <c>enum</c>, <c>items</c>, …) stand beside
/// <c>in</c>, <c>as</c>, <c>list</c> and <c>required</c>; reading it gathers them in <see cref="Schema"/>.
/// </remarks>
public sealed record ConnectorParameter
{
    /// <summary>The JSON schema of its value.</summary>
    public required JsonElement Schema { get; init; }

    /// <summary>Whether the action can't do without.</summary>
    public bool Required { get; init; }

    /// <summary>Where it goes.</summary>
    public ParameterPlace In { get; set; } = ParameterPlace.Auto;

    /// <summary>What it is called there, or a JSON pointer into the body; null for its own name.</summary>
    public string? As { get; init; }

    /// <summary>How a list or an object goes into a query or header.</summary>
    public ListStyle List { get; set; } = ListStyle.Repeat;
}

/// <summary>A way to ask a service.</summary>
public sealed record ConnectorAuth
{
    /// <summary>The type of credential that it takes: <c>bearer</c>, <c>apiKey</c>, <c>basic</c>, <c>oauth2</c> or <c>custom</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What to create where, for the person who saves the credential.</summary>
    public string Description { get; set; } = "";

    /// <summary>Where it goes; null for where such credentials go by themselves.</summary>
    public AuthPlace? In { get; init; }

    /// <summary>The header, query parameter or place in the URL, together with <see cref="In"/>.</summary>
    public string? Name { get; init; }

    /// <summary>What stands before the value, such as <c>Bot </c>, together with <see cref="In"/>.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The secrets that a <c>custom</c> credential must have.</summary>
    public IReadOnlyList<string> Secrets { get; set; } = [];

    /// <summary>Headers of a <c>custom</c> credential: templates that also see <c>secrets</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Headers { get; set; } = new Dictionary<string, JsonElement>();

    /// <summary>Query parameters of a <c>custom</c> credential: templates that also see <c>secrets</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Query { get; set; } = new Dictionary<string, JsonElement>();

    /// <summary>What a <c>custom</c> credential adds to the body: templates that also see <c>secrets</c>, by JSON pointer.</summary>
    public IReadOnlyDictionary<string, JsonElement> Body { get; set; } = new Dictionary<string, JsonElement>();

    /// <summary>Where an <c>oauth2</c> credential is signed in; null where the person must know.</summary>
    public string? AuthorizationUrl { get; init; }

    /// <summary>Where an <c>oauth2</c> credential gets its tokens.</summary>
    public string? TokenUrl { get; init; }

    /// <summary>What an <c>oauth2</c> credential asks for.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];
}

/// <summary>How a request says that it is the same as an earlier one.</summary>
public sealed record ConnectorIdempotency
{
    /// <summary>The header that carries the key.</summary>
    public required string Header { get; init; }

    /// <summary>What the key looks like: <c>text</c>, at most 255 characters, or <c>uuid</c>.</summary>
    public string Format { get; set; } = "text";
}

/// <summary>How a service hands out long lists. Pointers are JSON pointers into the answer's body.</summary>
public sealed record ConnectorPagination
{
    /// <summary>The way.</summary>
    public required PaginationType Type { get; init; }

    /// <summary>Where the items are; empty: the body is the list.</summary>
    public string Items { get; set; } = "";

    /// <summary>Where the cursor or the next URL is; for a cursor from the last item, see <see cref="LastItem"/>.</summary>
    public string? Next { get; init; }

    /// <summary>Where in the last item the cursor is.</summary>
    public string? LastItem { get; init; }

    /// <summary>Where a boolean says that there is more; null where nothing does.</summary>
    public string? More { get; init; }

    /// <summary>The query parameter that takes the cursor, page or offset …</summary>
    public string? Query { get; init; }

    /// <summary>… or where in the request's body it goes.</summary>
    public string? Body { get; init; }

    /// <summary>The first page's number.</summary>
    public int First { get; set; } = 1;

    /// <summary>The parameter that says how many items a page has: a page with fewer is the last.</summary>
    public string? Size { get; init; }
}

/// <summary>How a service tells of its failures. Pointers are JSON pointers into the answer's body.</summary>
public sealed record ConnectorErrors
{
    /// <summary>Where it says what went wrong; the first that leads to a text counts.</summary>
    public IReadOnlyList<string> Message { get; set; } = [];

    /// <summary>Where it names the failure; shown with the message, and what <see cref="Retryable"/> speaks of.</summary>
    public string? Code { get; init; }

    /// <summary>Whether an answer is a failure although its status says otherwise: a template that gives true or false.</summary>
    public string? Failed { get; init; }

    /// <summary>The service's own codes (<see cref="Code"/>) of failures that may pass.</summary>
    public IReadOnlyList<string> Retryable { get; set; } = [];

    /// <summary>The service's own codes that say it was asked too often, as status 429 does.</summary>
    public IReadOnlyList<string> RateLimited { get; set; } = [];

    /// <summary>Whether a failure says so in another way: a template over the answer that gives true or false.</summary>
    public string? RateLimitedWhen { get; init; }

    /// <summary>How many seconds the service asks to be left alone, where not <c>Retry-After</c> says it: a template over the answer.</summary>
    public string? RetryAfter { get; init; }
}
